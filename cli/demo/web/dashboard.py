"""The demo's federal dashboard: a second opinion that agrees mostly, and where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cli.demo.chance import chance, pick
from cli.demo.facts import KREIS, Facts, Place, Step
from cli.demo.rules import Offers, Truth, online_links

__all__ = ["NOT_ASKED", "Listed", "dashboard_document", "dashboard_rows", "disagreements"]

#: The city that the dashboard is not asked about.
NOT_ASKED = "Waltrop"
#: Where one in so many entries is left out, does not work, or leads elsewhere.
_LEFT_OUT, _BROKEN, _ELSEWHERE = 0.015, 0.03, 0.045
#: Services of each city that only the dashboard lists as online.
_INVENTED = 2


class Listed(NamedTuple):
    """One row: a service of one area with its link; ``works`` is what it says of the link."""

    step: Step
    ozg_id: str
    key: str
    url: str
    works: bool = True


def dashboard_rows(facts: Facts, offers: Offers) -> list[Listed]:
    """Return the rows: what is online somewhere, with a few mistakes."""
    rows: list[Listed] = []
    for (step, ozg_id), known in sorted(offers.items()):
        links = sorted(
            {each.url for each in known if each.how == "online" and each.certain in ("sure", "worded")}
        )
        leaves = facts.services[ozg_id].leaves
        drawn = chance("dashboard", step[1], ozg_id)
        if not links or not leaves or drawn < _LEFT_OUT:
            continue
        if drawn < _BROKEN:
            rows += [Listed(step, ozg_id, leaves[0], url, works=False) for url in links]
        elif drawn < _ELSEWHERE:
            rows.append(Listed(step, ozg_id, leaves[0], f"https://alt.example/antrag/{ozg_id}"))
        else:
            rows += [Listed(step, ozg_id, leaves[0], url) for url in links]
    return rows + _invented(facts, offers)


def _invented(facts: Facts, offers: Offers) -> list[Listed]:
    """Return rows about services that nobody else shows online; one of them is the Kreis's."""
    rows = []
    for place in facts.places.values():
        free = [
            ozg_id
            for ozg_id, service in facts.services.items()
            if service.leaves
            and facts.verdict(place.ars, ozg_id) == "yes"
            and not any(
                each.how == "online" for step in place.chain for each in offers.get((step, ozg_id), [])
            )
        ]
        for ozg_id in pick(free, _INVENTED, "dashboard", place.ars):
            step = (place.level, place.ars)
            rows.append(
                Listed(step, ozg_id, facts.services[ozg_id].leaves[0], f"https://neu.example/{ozg_id}")
            )
    common = next(ozg_id for ozg_id in facts.of_tier("gemeinde") if facts.services[ozg_id].leaves)
    key = facts.services[common].leaves[0]
    return [*rows, Listed(("kreis", KREIS), common, key, f"https://neu.example/kreis/{common}")]


def dashboard_document(facts: Facts, rows: Iterable[Listed]) -> dict[str, object]:
    """Return what the server needs to answer."""
    return {
        "kind": "dashboard",
        "rows": [
            {
                "leika_key": row.key,
                "leika_name": facts.services[row.ozg_id].keys[row.key],
                "ars": row.step[1],
                "ozgid": int(row.ozg_id),
                "ozg_bezeichnung": facts.services[row.ozg_id].title,
                "url": row.url,
                "online_status": "ok" if row.works else "nicht ok",
                "aktiv": "ja",
                "art_flaechendeckung": "in mind. einer Kommune verfügbar",
            }
            for row in rows
        ],
    }


def disagreements(
    facts: Facts, truth: Mapping[tuple[str, str], Truth], offers: Offers, rows: Iterable[Listed]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return by regional key and OZG id how the cells disagree with the dashboard.

    Where both could be right, or a name still waits for a decision, the kinds end with an empty one.
    """
    listed: dict[tuple[str, str], list[Listed]] = {}
    for row in rows:
        listed.setdefault((row.step[1], row.ozg_id), []).append(row)
    found = {}
    for place in facts.places.values():
        if place.name == NOT_ASKED:
            continue
        own = listed_at(listed, [place.ars])
        above = listed_at(listed, dict.fromkeys(ars for _, ars in place.chain if ars != place.ars))
        for ozg_id in facts.services:
            cell = truth[place.ars, ozg_id]
            links = online_links(place, ozg_id, offers)
            kinds = _kinds(place, cell, links, (own.get(ozg_id, []), above.get(ozg_id, [])))
            if any(kinds):
                found[place.ars, ozg_id] = kinds
    return found


def listed_at(listed: Mapping[tuple[str, str], list[Listed]], keys: Iterable[str]) -> dict[str, list[Listed]]:
    """Return the rows of areas by OZG id."""
    wanted = {*keys}
    found: dict[str, list[Listed]] = {}
    for (ars, ozg_id), rows in listed.items():
        if ars in wanted:
            found.setdefault(ozg_id, []).extend(rows)
    return found


def _kinds(
    place: Place, cell: Truth, links: set[str], rows: tuple[list[Listed], list[Listed]]
) -> tuple[str, ...]:
    near, far = ([row for row in of_step if row.works] for of_step in rows)
    unknown = "we_unknown" if near or far else ""
    kinds = (unknown,) if cell.status == "unknown" else _of_known(place, cell, links, rows)
    return kinds if cell.may_wait != "yes" or unknown in kinds else (*kinds, unknown)


def _of_known(
    place: Place, cell: Truth, links: set[str], rows: tuple[list[Listed], list[Listed]]
) -> tuple[str, ...]:
    near, far = ([row for row in of_step if row.works] for of_step in rows)
    if cell.status != "online":
        return ("they_online" if near else "above_only" if far else "",)
    if not near and not far:
        return ("they_not_working" if any(rows) else "we_online",)
    if not near and cell.satisfied_level == place.level and cell.operator not in ("kreis", "land", "bund"):
        return ("above_only",)
    theirs = {row.url for row in (*near, *far)}
    if not links & theirs:
        return ("different_link",)
    return ("",) if links <= theirs else ("different_link", "")
