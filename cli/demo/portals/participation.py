"""A simulated participation platform: a tenant for each municipality, projects with a status and a feed.

Forms of addresses are those that are known of the platform, but for those of pages and feed; markup and
wording are our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from cli.demo.portals.content import Page, Pages, Project

__all__ = ["FEED", "LIST", "render"]

LIST = "beteiligung/themen?status=AKTUELLE&status=BEENDETE"
FEED = "beteiligung/themen/rss"
PER_PAGE = 5
_OTHER = '<article class="beteiligung"><a href="/portal/rpv/beteiligung/themen/77">Regionalplan</a></article>'
ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /login\n"


def render(tenants: Mapping[str, Sequence[Project]], base: str = "") -> Pages:
    """Return the pages of the platform; ``tenants`` are the projects by a tenant's short name."""
    pages: Pages = {"/robots.txt": Page(ROBOTS.encode(), "text/plain; charset=utf-8")}
    for tenant, projects in tenants.items():
        start = f"{base}/portal/{tenant}/"
        _add_lists(pages, start, projects)
        for project in projects:
            path = f"{start}beteiligung/themen/{project.number}"
            pages[path] = _detail(start, path, project)
            pages[f"{path}/stellungnahme"] = _shell(start, "<form><textarea></textarea></form>")
        pages[f"{start}{FEED}"] = _feed(start, projects)
        pages[f"{start}startseite"] = _shell(start, "<h1>Willkommen</h1>")
    return pages


def _add_lists(pages: Pages, start: str, projects: Sequence[Project]) -> None:
    count = max(1, -(-len(projects) // PER_PAGE))
    for number in range(count):
        part = projects[number * PER_PAGE : (number + 1) * PER_PAGE]
        entries = "".join(_entry(start, project) for project in part)
        following = (
            f'<a rel="next" href="{start}{escape(LIST)}&amp;page={number + 2}">Weitere</a>'
            if number + 1 < count
            else ""
        )
        page = _shell(start, f"<h1>Beteiligungen</h1>{entries}{following}{_OTHER}")
        pages[f"{start}{LIST}&page={number + 1}"] = page
        if number == 0:
            pages[f"{start}{LIST}"] = page


def _entry(start: str, project: Project) -> str:
    return (
        f'<article class="beteiligung"><h2><a href="{start}beteiligung/themen/{project.number}?prefLang=de">'
        f'{escape(project.title)}</a></h2><span class="verfahrensart">{escape(project.kind)}</span> '
        f'<span class="status">{_status(project)}</span></article>\n'
    )


def _detail(start: str, path: str, project: Project) -> Page:
    take_part = f'<p><a href="{path}/stellungnahme">Jetzt beteiligen</a></p>' if project.running else ""
    body = f"""<article><h1>{escape(project.title)}</h1>
<p><span class="verfahrensart">{escape(project.kind)}</span>
<span class="status">Status: {_status(project)}</span></p>
<p>Die Unterlagen liegen aus. Was sich ändern soll, steht im Entwurf.</p>{take_part}
<h2>Kontakt</h2><p>Erika Mustermann, Telefon 02361 501234, erika.mustermann@stadt.example</p></article>"""
    return _shell(start, body)


def _status(project: Project) -> str:
    return "läuft noch" if project.running else "beendet"


def _feed(start: str, projects: Sequence[Project]) -> Page:
    entries = "".join(
        f"<item><title>{escape(project.title)}</title><link>{start}beteiligung/themen/{project.number}</link>"
        f"<category>{escape(project.kind)}</category></item>"
        for project in projects
    )
    channel = f"<channel><title>Beteiligungen</title>{entries}</channel>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0">{channel}</rss>'
    return Page(body.encode(), "application/rss+xml")


def _shell(start: str, body: str) -> Page:
    html = f"""<!DOCTYPE html>
<html lang="de"><head><meta charset="utf-8"><title>Beteiligungsportal</title></head><body>
<header><nav><a href="{start}startseite">Start</a> <a href="{start}startseite?prefLang=cs">Čeština</a>
<a href="{start}login">Anmelden</a></nav></header>
<main>{body}</main>
<footer><a href="{start}informationen/barrierefreiheit">Barrierefreiheit</a></footer></body></html>"""
    return Page(html.encode())
