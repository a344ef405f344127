"""A simulated Liferay portal with lists by letter and one page under many addresses.

Forms of addresses and names of classes are those that are known of the product; wording is our own.
"""

from __future__ import annotations

from html import escape

from cli.demo.portals.content import (
    Page,
    Pages,
    PortalService,
    PortalTenant,
    number_of,
    query_of,
)

__all__ = ["PAGES", "form_of", "number", "page_of", "render"]

ROBOTS = "User-agent: *\nDisallow: /c/\nDisallow: /anmeldung\n"
#: The pages of the portal under which the same description is reached; the first one is the usual.
PAGES = ("detail/-/vr-bis-detail", "dienstleistungen/-/vr-bis-detail", "suche/-/egov-bis-detail")
_UNIT = f"{PAGES[0]}/einrichtung/815/show"


def number(tenant: PortalTenant, service: PortalService) -> int:
    """Return the number of a service in its portal."""
    return number_of(tenant.name, service.title)


def page_of(tenant: PortalTenant, service: PortalService) -> str:
    """Return the path under which the list shows the description of a service first."""
    return _path(tenant, service, PAGES[number(tenant, service) % len(PAGES)])


def form_of(tenant: PortalTenant, service: PortalService) -> str:
    """Return the path of the form that an online service of the municipality is."""
    return f"{tenant.base}/formulare/intelliform/forms/{number(tenant, service)}/index"


def render(tenant: PortalTenant) -> Pages:
    """Return all pages of one municipality's portal."""
    pages: Pages = {"/robots.txt": Page((tenant.robots or ROBOTS).encode(), "text/plain; charset=utf-8")}
    letters = sorted({service.letter for service in tenant.services})
    start = letters[0] if letters else ""
    pages[f"{tenant.base}/dienstleistungen"] = _list(tenant, letters, start)
    for letter in letters:
        pages[f"{tenant.base}/dienstleistungen?{query_of(buchstabe=letter)}"] = _list(tenant, letters, letter)
    for service in tenant.services:
        page = _detail(tenant, service)
        for below in PAGES:
            pages[_path(tenant, service, below)] = page
        if service.status == "online" and not service.link:
            pages[form_of(tenant, service)] = _shell(tenant, "<h1>Formular</h1><form><input></form>")
    pages[f"{tenant.base}/{_UNIT}"] = _unit(tenant)
    pages[f"{tenant.base}/anmeldung"] = _shell(tenant, '<form><input type="password"></form>')
    return pages


def _path(tenant: PortalTenant, service: PortalService, below: str = PAGES[0]) -> str:
    return f"{tenant.base}/{below}/dienstleistung/{number(tenant, service)}/show"


def _list(tenant: PortalTenant, letters: list[str], letter: str) -> Page:
    bar = "".join(
        f'<a href="{tenant.base}/dienstleistungen?{query_of(buchstabe=each)}">{each}</a> ' for each in letters
    )
    entries = "".join(_entry(tenant, service) for service in tenant.services if service.letter == letter)
    body = f'<h1>Dienstleistungen</h1><p class="az">{bar}</p><ul class="list-group">{entries}</ul>'
    return _shell(tenant, body)


def _entry(tenant: PortalTenant, service: PortalService) -> str:
    """Return one or two points of the list: some services stand under two categories, at two addresses."""
    label = '<span class="badge">mit Online-Service</span>' if service.status == "online" else ""
    seed = number(tenant, service)
    session = f";jsessionid={seed:08X}" if seed % 3 == 0 else ""
    synonyms = escape(", ".join(service.synonyms))
    places = [(service.category, PAGES[seed % len(PAGES)])]
    if seed % 4 == 0:
        places.append(("Häufig gesucht", PAGES[(seed + 1) % len(PAGES)]))
    return "".join(
        f'<li class="list-group-item dlitem" data-letter="{service.letter}" '
        f'data-kategorie="{escape(category)}" data-synonyme="{synonyms}">'
        f'<a href="{_path(tenant, service, below)}{session}">{escape(service.title)}</a>{label}</li>\n'
        for category, below in places
    )


def _detail(tenant: PortalTenant, service: PortalService) -> Page:
    key = f'<meta property="schluessel" content="{service.key}">' if service.key else ""
    name, mail, phone = tenant.staff[number_of(service.title) % len(tenant.staff)]
    others = [other for other in tenant.services if other is not service and other.letter == service.letter][
        :3
    ]
    related = "".join(
        f'<li><a href="{_path(tenant, other)}?p_p_lifecycle=0">{escape(other.title)}</a></li>'
        for other in others
    )
    body = f"""<div class="portlet-boundary"><h2 class="portlet-title-text">BIS: Templatebasierte Anzeige</h2>
<article class="service-detail" typeof="Leistung">{key}
<h1 class="service-title" property="bezeichnung">{escape(service.title)}</h1>
<div class="panel"><h2 class="h3">Beschreibung</h2>
<p>Dafür ist die Verwaltung von {escape(tenant.name)} da. Was Sie brauchen, steht hier.</p></div>
{_way(tenant, service)}
<div class="panel"><h2 class="h3">Unterlagen</h2><ul><li>Ausweisdokument</li></ul></div>
<div class="panel"><h2 class="h3">Gebühren</h2><p>Es gilt die Verwaltungsgebührensatzung.</p></div>
</article>
<aside class="contact"><h2 class="h3">Zuständige Einrichtung</h2>
<div class="kontakteinrichtung-name"><a title="Zur Einrichtung"
href="{tenant.base}/{_UNIT}">{escape(service.unit or "Bürgerservice")}</a></div>
<h2 class="h3">Kontaktpersonen</h2>
<div class="kontaktperson-name"><span class="kontaktperson-position">Sachbearbeitung</span>
<span>{escape(name)}</span> <span>Telefon {phone}</span> <a href="mailto:{mail}">{mail}</a></div></aside>
<section class="related"><h2 class="h3">Verwandte Dienstleistungen</h2><ul>{related}</ul></section></div>"""
    return _shell(tenant, body)


def _way(tenant: PortalTenant, service: PortalService) -> str:
    if service.status == "online":
        target = escape(service.link or form_of(tenant, service))
        note = "<p>Dafür ist eine Anmeldung mit der BundID nötig.</p>" if service.login else ""
        link = f'<a class="btn" href="{target}" target="_blank">{escape(service.title)} online beantragen</a>'
        return f'<div class="online-services"><h2 class="h3">Onlinedienstleistung</h2>{link}{note}</div>'
    if service.status == "form":
        file = f"{tenant.base}/detail/-/vr-bis-detail/dokument/{number(tenant, service)}/download"
        link = f'<a href="{file}">Antragsformular (PDF, 85 KB)</a>'
        return f'<div class="panel"><h2 class="h3">Downloads</h2>{link}</div>'
    return '<div class="panel"><h2 class="h3">Verfahrensablauf</h2><p>Sie sprechen persönlich vor.</p></div>'


def _unit(tenant: PortalTenant) -> Page:
    name, mail, phone = tenant.staff[0]
    body = f"""<article><h1>Bürgerservice</h1><h2>Anschrift</h2><p>Rathausplatz 1</p>
<h2>Mitarbeitende</h2><ul><li>{escape(name)}, Telefon {phone}, {mail}</li></ul></article>"""
    return _shell(tenant, body)


def _shell(tenant: PortalTenant, body: str) -> Page:
    html = f"""<!DOCTYPE html>
<html lang="de" dir="ltr"><head><meta charset="UTF-8">
<title>Detail - Serviceportal {escape(tenant.name)}</title></head>
<body class="signed-out public-page site">
<div id="cookie-consent" class="cookie-banner"><h2>Cookies</h2><p>Online zustimmen?</p></div>
<header id="banner"><nav aria-label="Hauptmenü"><ul>
<li><a href="{tenant.base}/dienstleistungen">Dienstleistungen</a></li>
<li><a href="{tenant.base}/anmeldung?redirect=%2Fdetail">Anmelden</a></li></ul></nav></header>
<main id="content">{body}</main>
<footer id="fuss"><ul><li><a href="{tenant.base}/impressum">Impressum</a></li></ul></footer>
</body></html>"""
    return Page(html.encode())
