"""A simulated citkoPortal: services by life situation, call links, one page for several services.

Forms of addresses are those that are known of the product; markup and wording are our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cli.demo.portals.content import (
    Page,
    Pages,
    PortalService,
    PortalTenant,
    number_of,
    query_of,
    uuid_of,
)

__all__ = ["call_of", "page_of", "render", "roof"]

#: Services on one page of a list.
PER_PAGE = 8
ROBOTS = "User-agent: *\nDisallow: /login\nDisallow: /suche\n"


def render(tenant: PortalTenant) -> Pages:
    """Return all pages of one municipality's portal."""
    pages: Pages = {"/robots.txt": Page((tenant.robots or ROBOTS).encode(), "text/plain; charset=utf-8")}
    categories = list(dict.fromkeys(service.category for service in tenant.services))
    pages[f"{tenant.base}/services"] = _overview(tenant, categories)
    pages[f"{tenant.base}/"] = _overview(tenant, categories)
    for category in categories:
        _add_category(pages, tenant, category)
    for path in dict.fromkeys(page_of(tenant, service) for service in tenant.services if service.page):
        pages[path] = _detail(tenant, path)
    for service in tenant.services:
        if service.status == "online" and not service.link:
            # Nobody who only reads the portal ever comes here.
            pages[call_of(tenant, service)] = _shell(tenant, "Antrag", "<h1>Antrag</h1><form><input></form>")
    pages[f"{tenant.base}/login"] = _shell(tenant, "Anmelden", '<form><input type="password"></form>')
    return pages


def roof(instances: Sequence[tuple[str, str]]) -> Pages:
    """Return the page that forwards to the portals of municipalities, given as (name, address)."""
    links = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in instances)
    body = f"<h1>Serviceportal der Region</h1><p>Wählen Sie Ihre Stadt.</p><ul>{links}</ul>"
    html = (
        f'<!DOCTYPE html><html lang="de"><head><title>Serviceportal</title></head><body>{body}</body></html>'
    )
    return {"/": Page(html.encode()), "/robots.txt": Page(ROBOTS.encode(), "text/plain; charset=utf-8")}


def page_of(tenant: PortalTenant, service: PortalService) -> str:
    """Return the path of the page that describes a service, alone or with others of its group."""
    return f"{tenant.base}/services/{number_of(tenant.name, service.group or service.title)}"


def call_of(tenant: PortalTenant, service: PortalService) -> str:
    """Return the path that starts a service of the municipality."""
    if service.shared:
        return f"{tenant.base}/externe-services/call/{service.shared}"
    kind = "auth-call" if service.login else "call"
    return f"{tenant.base}/extension/service/{kind}/{uuid_of(tenant.name, service.title)}"


def _overview(tenant: PortalTenant, categories: Iterable[str]) -> Page:
    start = f"{tenant.base}/services"
    tiles = "".join(
        f'<li class="tile"><a href="{start}?{query_of(kategorie=category)}">{escape(category)}</a></li>'
        for category in categories
    )
    news = '<aside><ul><li><a href="https://www.bund.de/hinweise">Hinweise des Bundes</a></li></ul></aside>'
    body = f'<h1>Online-Dienste</h1><ul class="tiles">{tiles}</ul>{news}'
    return _shell(tenant, "Online-Dienste", body)


def _add_category(pages: Pages, tenant: PortalTenant, category: str) -> None:
    services = [service for service in tenant.services if service.category == category]
    # A page with several services has one entry of its own.
    entries: dict[str, PortalService] = {}
    for service in services:
        entries.setdefault(service.group or service.title, service)
    shown = list(entries.items())
    count = -(-len(shown) // PER_PAGE)
    for number in range(count):
        part = shown[number * PER_PAGE : (number + 1) * PER_PAGE]
        items = "".join(_entry(tenant, title, service) for title, service in part)
        following = f"{tenant.base}/services?{query_of(kategorie=category, seite=number + 2)}"
        more = f'<p><a rel="next" href="{escape(following)}">Weiter</a></p>' if number + 1 < count else ""
        page = _shell(tenant, category, f'<h1>{escape(category)}</h1><ul class="services">{items}</ul>{more}')
        query = query_of(kategorie=category, seite=number + 1)
        pages[f"{tenant.base}/services?{query}"] = page
        if number == 0:
            pages[f"{tenant.base}/services?{query_of(kategorie=category)}"] = page


def _entry(tenant: PortalTenant, title: str, service: PortalService) -> str:
    if service.link and not service.page:
        return (
            f'<li class="service"><a href="{escape(service.link)}" rel="external">{escape(title)}</a> '
            "<small>Angebot eines anderen Trägers</small></li>"
        )
    ways = []
    if service.page:
        session = f";jsessionid={uuid_of(title)[:8].upper()}" if len(title) % 3 == 0 else ""
        ways.append(f'<a href="{page_of(tenant, service)}{session}">Mehr erfahren</a>')
    if service.status == "online" and not service.group and not service.link:
        ways.append(f'<a class="button" href="{call_of(tenant, service)}">Online starten</a>')
    return f'<li class="service"><h2>{escape(title)}</h2> {" ".join(ways)}</li>'


def _detail(tenant: PortalTenant, path: str) -> Page:
    services = [service for service in tenant.services if service.page and page_of(tenant, service) == path]
    first = services[0]
    title = first.group or first.title
    key = f'<meta property="schluessel" content="{first.key}">' if first.key and len(services) == 1 else ""
    name, mail, phone = tenant.staff[number_of(title) % len(tenant.staff)]
    unit = escape(first.unit or "Bürgerbüro")
    body = f"""<article>{key}<h1>{escape(title)}</h1>
<p>Hier erfahren Sie, was die Stadt {escape(tenant.name)} dafür anbietet und was Sie brauchen.</p>
{_ways(tenant, services)}
<h2>Erforderliche Unterlagen</h2><ul><li>Ausweis</li><li>Nachweise zu Ihrem Anliegen</li></ul>
<h2>Gebühren</h2><p>Die Höhe richtet sich nach der Gebührensatzung.</p>
<h2>Zuständige Stelle</h2><p>{unit}</p>
<h2>Ansprechpartner</h2>
<div class="contact-person"><p>{escape(name)}, Tel. {phone}, <a href="mailto:{mail}">{mail}</a></p></div>
</article>"""
    return _shell(tenant, title, body)


def _ways(tenant: PortalTenant, services: Sequence[PortalService]) -> str:
    if len(services) > 1:
        links = "".join(
            f'<li><a href="{call_of(tenant, service)}">{escape(service.title)}</a></li>'
            for service in services
            if service.status == "online"
        )
        return f"<h2>Online-Dienste</h2><ul>{links}</ul>"
    service = services[0]
    if service.status == "form":
        file = f"{tenant.base}/downloads/{number_of(service.title)}.pdf"
        return f'<h2>Formulare</h2><p><a href="{file}">Antrag zum Ausdrucken (PDF, 120 KB)</a></p>'
    if service.status != "online":
        return "<h2>Verfahrensablauf</h2><p>Sprechen Sie nach Vereinbarung im Rathaus vor.</p>"
    target = service.link or call_of(tenant, service)
    note = "<p>Melden Sie sich dafür mit der BundID an.</p>" if service.login else ""
    return (
        f'<h2>Online-Dienst</h2><p><a class="button" href="{escape(target)}">Online beantragen</a></p>{note}'
    )


def _shell(tenant: PortalTenant, title: str, body: str) -> Page:
    html = f"""<!DOCTYPE html>
<html lang="de"><head><meta charset="utf-8">
<title>{escape(title)} - Serviceportal {escape(tenant.name)}</title></head>
<body>
<div class="cookie-banner"><p>Cookies helfen online. <button>Zustimmen</button></p></div>
<header><a href="{tenant.base}/">Serviceportal {escape(tenant.name)}</a>
<nav><ul><li><a href="{tenant.base}/services">Online-Dienste</a></li>
<li><a href="{tenant.base}/login">Anmelden</a></li></ul></nav></header>
<main>{body}</main>
<footer><ul><li><a href="{tenant.base}/impressum">Impressum</a></li>
<li><a href="https://www.bund.de/">Verwaltung des Bundes</a></li></ul></footer>
</body></html>"""
    return Page(html.encode())
