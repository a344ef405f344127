"""Checks of what objects say about each other: references, responsibilities, units and areas.

Each function returns the query of one check. References are qualified by the agency of the object: where it
is one whose objects this delivery has, the object should be there, too; others may come from elsewhere.
"""

from __future__ import annotations

from typing import Final

from catalogue.lint.bench import Bench
from catalogue.lint.unable import Unable

__all__ = [
    "area_abolished",
    "area_malformed",
    "area_missing",
    "area_unknown",
    "online_unclaimed",
    "provider_dangling",
    "provider_elsewhere",
    "service_dangling",
    "service_elsewhere",
    "service_unclaimed",
    "unit_missing",
]

#: References to services that nobody answers, each once for its record.
_SERVICES: Final = """
    SELECT DISTINCT class, ref, '' AS title, 'service' AS element, target AS found FROM (
      SELECT 'responsibility' AS class, ref, service_ref AS target FROM stage_offering
        WHERE op = 1 AND kind <> 'direct' AND service_ref <> ''
      UNION ALL SELECT 'specialisation', ref, service_ref FROM stage_specialisation WHERE op = 1
    ) AS used
    WHERE NOT EXISTS (SELECT 1 FROM stage_service AS s WHERE s.ref = used.target AND s.op = 1)
      AND NOT EXISTS (SELECT 1 FROM known AS k WHERE k.kind = 'service' AND k.ref = used.target)
      AND """
#: References to units and online services that nobody answers; an object's first row stands for all.
_PROVIDERS: Final = """
    SELECT 'responsibility' AS class, ref, coalesce((SELECT s.title FROM stage_service AS s
        WHERE s.ref = o.service_ref), '') AS title,
      CASE kind WHEN 'unit' THEN 'unit' ELSE 'online_service' END AS element, provider_ref AS found
    FROM stage_offering AS o WHERE op = 1 AND n = 0 AND kind IN ('unit', 'online')
      AND NOT EXISTS (SELECT 1 FROM known AS k WHERE k.kind = o.kind AND k.ref = o.provider_ref)
      AND CASE kind
        WHEN 'unit' THEN NOT EXISTS (SELECT 1 FROM stage_unit AS s WHERE s.ref = o.provider_ref AND s.op = 1)
        ELSE NOT EXISTS (SELECT 1 FROM stage_online AS s WHERE s.ref = o.provider_ref AND s.op = 1) END
      AND """
#: Services that come without an offer, which direct offerings never do.
_UNRELATED: Final = """
    SELECT 1 FROM stage_service AS s WHERE op = 1
    AND NOT EXISTS (SELECT 1 FROM claim AS c WHERE c.ref = s.ref) LIMIT 1"""
_OWN: Final = "substr({0}, 1, max(instr({0}, ':') - 1, 0)) IN (SELECT name FROM agency)"
#: Areas with what is wrong with them, each once for its record.
_AREAS: Final = """
    SELECT 'responsibility' AS class, o.ref, coalesce(s.title, '') AS title, 'areas' AS element,
      o.area_raw AS found
    FROM stage_offering AS o JOIN area AS a ON a.raw = o.area_raw AND a.problem = '{0}'
    LEFT JOIN stage_service AS s ON s.ref = o.service_ref WHERE o.op = 1 AND o.kind <> 'direct'
    UNION SELECT 'offering', o.ref, coalesce(s.title, ''), 'area', o.area_raw
    FROM stage_offering AS o JOIN area AS a ON a.raw = o.area_raw AND a.problem = '{0}'
    LEFT JOIN stage_service AS s ON s.ref = o.service_ref WHERE o.op = 1 AND o.kind = 'direct'
    UNION SELECT 'unit', u.ref, u.name, 'area', u.area_raw
    FROM stage_unit AS u JOIN area AS a ON a.raw = u.area_raw AND a.problem = '{0}'
    WHERE u.op = 1 AND u.area_raw <> ''
    UNION SELECT 'specialisation', p.ref, '', 'areas', a.raw
    FROM stage_specialisation AS p, json_each(words(p.areas)) AS w
    JOIN area AS a ON a.raw = w.value AND a.problem = '{0}' WHERE p.op = 1"""


def service_dangling(bench: Bench) -> str | Unable:
    """Find references to services of these agencies that are not there."""
    return _unsure(bench) or f"{_SERVICES} {_OWN.format('used.target')}"


def service_elsewhere(bench: Bench) -> str | Unable:
    """Find references to services of other agencies that no source has shown yet."""
    return _unsure(bench) or f"{_SERVICES} NOT {_OWN.format('used.target')}"


def provider_dangling(bench: Bench) -> str | Unable:
    """Find references to units and online services of these agencies that are not there."""
    return _unsure(bench) or f"{_PROVIDERS} {_OWN.format('provider_ref')}"


def provider_elsewhere(bench: Bench) -> str | Unable:
    """Find references to units and online services of other agencies that no source has shown yet."""
    return _unsure(bench) or f"{_PROVIDERS} NOT {_OWN.format('provider_ref')}"


def _unsure(bench: Bench) -> Unable | None:
    """Tell whether a missing object may be one that was delivered before."""
    return None if bench.subject.anchored else _partial(bench)


def _partial(bench: Bench) -> Unable | None:
    """Tell whether the delivery may lack what its objects relate to; direct offers relate to nothing."""
    relates = "SELECT 1 FROM stage_offering WHERE op = 1 AND kind <> 'direct' LIMIT 1"
    specialises = "SELECT 1 FROM stage_specialisation WHERE op = 1 LIMIT 1"
    if bench.subject.whole or not (bench.has(relates) or bench.has(specialises) or bench.has(_UNRELATED)):
        return None
    return Unable.NOT_WHOLE


def service_unclaimed(bench: Bench) -> str | Unable:
    """Find services nobody is responsible for, in this source or in any other."""
    return _partial(bench) or (
        "SELECT 'service' AS class, ref, title, 'responsibility' AS element, '' AS found "
        "FROM stage_service AS s WHERE op = 1 AND NOT EXISTS (SELECT 1 FROM claim AS c WHERE c.ref = s.ref)"
    )


def unit_missing(bench: Bench) -> str | Unable:
    """Find services that are offered, but by no unit, and statements without one."""
    states_units = bench.has("SELECT 1 FROM stage_statement WHERE op = 1 AND trim(unit) <> '' LIMIT 1")
    has_units = bench.has("SELECT 1 FROM stage_offering WHERE op = 1 AND kind = 'unit' LIMIT 1")
    parts = []
    if has_units and bench.subject.whole:
        parts.append(
            "SELECT 'service' AS class, s.ref, s.title, 'unit' AS element, '' AS found "
            "FROM stage_service AS s JOIN claim AS c ON c.ref = s.ref WHERE s.op = 1 AND c.unit = 0"
        )
    if states_units:
        parts.append(
            "SELECT 'offering' AS class, t.ref, coalesce(s.title, '') AS title, 'unit' AS element, "
            "'' AS found FROM stage_statement AS t JOIN stage_offering AS o ON o.ref = t.ref AND o.n = 0 "
            "LEFT JOIN stage_service AS s ON s.ref = o.service_ref "
            "WHERE t.op = 1 AND t.status <> 'absent' AND trim(t.unit) = ''"
        )
    if parts:
        return " UNION ALL ".join(parts)
    return Unable.NOT_WHOLE if has_units else Unable.NONE_HAS


def online_unclaimed(bench: Bench) -> str | Unable:
    """Find online services that no responsibility leads to."""
    return _partial(bench) or (
        "SELECT 'online_service' AS class, ref, name AS title, 'responsibility' AS element, '' AS found "
        "FROM stage_online WHERE op = 1 AND ref NOT IN "
        "(SELECT provider_ref FROM stage_offering WHERE op = 1 AND kind = 'online')"
    )


def area_missing(bench: Bench) -> str:
    """Find responsibilities and offers that do not say where they hold."""
    del bench
    return _areas("missing")


def area_malformed(bench: Bench) -> str:
    """Find area keys of the wrong length, or with anything but digits."""
    del bench
    return _areas("malformed")


def area_unknown(bench: Bench) -> str:
    """Find area keys and names that the table of areas lacks."""
    del bench
    return _areas("unknown")


def area_abolished(bench: Bench) -> str:
    """Find keys of areas that do not exist any more."""
    del bench
    return _areas("abolished")


def _areas(problem: str) -> str:
    return _AREAS.format(problem)
