"""Checks of addresses: whether there is one, can be followed, and leads to the right place.

Nothing is fetched. Each function returns the query of one check.
"""

from __future__ import annotations

from typing import Final

from catalogue.lint.bench import Bench

__all__ = ["link_foreign_location", "link_malformed", "link_missing", "link_scheme", "link_session"]

#: Links with the title of their record.
_TITLED: Final = """
    SELECT l.class, l.ref, coalesce(s.title, d.title, o.name, '') AS title, l.element, l.shown AS found
    FROM link AS l
    LEFT JOIN stage_service AS s ON l.class = 'service' AND s.ref = l.ref
    LEFT JOIN stage_online AS o ON l.class = 'online_service' AND o.ref = l.ref
    LEFT JOIN stage_offering AS f ON l.class = 'offering' AND f.ref = l.ref AND f.n = 0
    LEFT JOIN stage_service AS d ON d.ref = f.service_ref
    WHERE """


def link_missing(bench: Bench) -> str:
    """Find online services and online offers without a link."""
    del bench
    return """
        SELECT 'online_service' AS class, ref, name AS title, 'url' AS element, '' AS found
        FROM stage_online WHERE op = 1 AND trim(url) = ''
        UNION ALL SELECT 'offering', t.ref, coalesce(s.title, ''), 'url', t.status
        FROM stage_statement AS t JOIN stage_offering AS o ON o.ref = t.ref AND o.n = 0
        LEFT JOIN stage_service AS s ON s.ref = o.service_ref
        WHERE t.op = 1 AND t.status IN ('online', 'form') AND trim(t.url) = ''"""


def link_scheme(bench: Bench) -> str:
    """Find links that begin with something else than http or https."""
    del bench
    return f"{_TITLED} l.problem = 'scheme'"


def link_malformed(bench: Bench) -> str:
    """Find links that no browser could follow from outside."""
    del bench
    return f"{_TITLED} l.problem = 'malformed'"


def link_session(bench: Bench) -> str:
    """Find links that belong to one visit."""
    del bench
    return f"{_TITLED} l.problem = 'session'"


def link_foreign_location(bench: Bench) -> str:
    """Find links that ask for the service in another place than where it is offered."""
    del bench
    return """
        SELECT 'online_service' AS class, s.ref, s.name AS title, 'url' AS element,
          l.location || ' <> ' || f.area_raw AS found
        FROM link AS l JOIN stage_online AS s ON s.ref = l.ref
        JOIN (SELECT DISTINCT provider_ref, area_raw FROM stage_offering WHERE op = 1 AND kind = 'online'
          AND provider_ref IN (SELECT ref FROM link WHERE class = 'online_service' AND location <> '')) AS f
          ON f.provider_ref = l.ref
        WHERE l.class = 'online_service' AND l.location <> '' AND is_elsewhere(l.location, f.area_raw)
        UNION ALL SELECT 'offering', l.ref, coalesce(s.title, ''), l.element,
          l.location || ' <> ' || o.area_raw
        FROM link AS l JOIN stage_offering AS o ON o.ref = l.ref AND o.n = 0 AND o.op = 1
        LEFT JOIN stage_service AS s ON s.ref = o.service_ref
        WHERE l.class = 'offering' AND l.location <> '' AND is_elsewhere(l.location, o.area_raw)"""
