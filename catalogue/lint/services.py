"""Checks of single objects: titles and names, keys, texts, validity and dates.

Each function returns the query of one check; what the columns mean says :mod:`catalogue.lint.checks`.
"""

from __future__ import annotations

from typing import Final

from catalogue.lint.bench import Bench
from catalogue.lint.unable import Unable

__all__ = [
    "date_future",
    "date_malformed",
    "date_old",
    "key_contradiction",
    "key_malformed",
    "key_missing",
    "key_unknown",
    "name_missing",
    "text_missing",
    "title_duplicate",
    "title_garbled",
    "title_missing",
    "title_placeholder",
    "validity_ended",
    "validity_reversed",
]

#: What services, units and online services are called, with the element that says so.
_NAMES: Final = """(
  SELECT 'service' AS class, ref, title, 'title' AS element FROM stage_service WHERE op = 1
  UNION ALL SELECT 'service', ref, official_title, 'official_title' FROM stage_service
    WHERE op = 1 AND official_title <> title
  UNION ALL SELECT 'unit', ref, name, 'name' FROM stage_unit WHERE op = 1
  UNION ALL SELECT 'online_service', ref, name, 'name' FROM stage_online WHERE op = 1
)"""
#: When the source says that it changed an object, or knew what it states.
_DATES: Final = """(
  SELECT 'service' AS class, ref, title, 'modified_at' AS element, modified_at AS said FROM stage_service
    WHERE op = 1 AND modified_at <> ''
  UNION ALL SELECT 'unit', ref, name, 'modified_at', modified_at FROM stage_unit
    WHERE op = 1 AND modified_at <> ''
  UNION ALL SELECT 'online_service', ref, name, 'modified_at', modified_at FROM stage_online
    WHERE op = 1 AND modified_at <> ''
  UNION ALL SELECT 'specialisation', ref, '', 'modified_at', modified_at FROM stage_specialisation
    WHERE op = 1 AND modified_at <> ''
  UNION ALL SELECT 'offering', t.ref, s.title, 'observed_at', t.observed_at FROM stage_statement AS t
    JOIN stage_offering AS o ON o.ref = t.ref AND o.n = 0
    LEFT JOIN stage_service AS s ON s.ref = o.service_ref WHERE t.op = 1 AND t.observed_at <> ''
)"""


def title_missing(bench: Bench) -> str:
    """Find services without any title."""
    del bench
    return (
        "SELECT 'service' AS class, ref, '' AS title, 'title' AS element, reported_keys AS found "
        "FROM stage_service WHERE op = 1 AND trim(title) = '' AND trim(official_title) = ''"
    )


def title_placeholder(bench: Bench) -> str:
    """Find titles and names that only fill their field."""
    del bench
    return f"SELECT *, title AS found FROM {_NAMES} WHERE title <> '' AND is_placeholder(title)"  # noqa: S608


def title_garbled(bench: Bench) -> str:
    """Find titles and names that were read in the wrong encoding."""
    del bench
    return f"SELECT *, title AS found FROM {_NAMES} WHERE title <> '' AND is_garbled(title)"  # noqa: S608


def title_duplicate(bench: Bench) -> str:
    """Find services of one agency that have the same title; the first of them is named.

    What a source states for different areas are different services.
    """
    del bench
    return """
        WITH placed AS (
          SELECT service_ref, min(area_raw) AS area FROM stage_offering
          WHERE op = 1 AND kind = 'direct' GROUP BY service_ref
        ), titled AS (
          SELECT s.ref, s.title, folded(s.title) AS plain,
            coalesce(p.area, substr(s.ref, 1, instr(s.ref, ':'))) AS place
          FROM stage_service AS s LEFT JOIN placed AS p ON p.service_ref = s.ref
          WHERE s.op = 1 AND trim(s.title) <> ''
        ), numbered AS (
          SELECT ref, title, row_number() OVER same AS number, first_value(ref) OVER same AS first
          FROM titled WINDOW same AS (PARTITION BY place, plain ORDER BY ref)
        )
        SELECT 'service' AS class, ref, title, 'title' AS element, first AS found
        FROM numbered WHERE number > 1"""


def name_missing(bench: Bench) -> str:
    """Find units and online services without a name."""
    del bench
    return (
        f"SELECT class, ref, title, element, '' AS found FROM {_NAMES} "  # noqa: S608
        "WHERE trim(title) = '' AND class <> 'service'"
    )


def key_missing(bench: Bench) -> str:
    """Find services that report no LeiKa key."""
    del bench
    return (
        "SELECT 'service' AS class, ref, title, 'keys' AS element, '' AS found "
        "FROM stage_service WHERE op = 1 AND reported_keys = ''"
    )


def key_malformed(bench: Bench) -> str:
    """Find services with keys that are no LeiKa keys."""
    del bench
    return """
        SELECT * FROM (SELECT 'service' AS class, ref, title, 'keys' AS element,
          malformed_keys(reported_keys) AS found FROM stage_service WHERE op = 1 AND reported_keys <> '')
        WHERE found IS NOT NULL"""


def key_unknown(bench: Bench) -> str | Unable:
    """Find services with federal keys that the catalogue lacks."""
    if not bench.functions.knows_keys:
        return Unable.NO_REFERENCE
    return """
        SELECT * FROM (SELECT 'service' AS class, ref, title, 'keys' AS element,
          unknown_keys(reported_keys) AS found FROM stage_service WHERE op = 1 AND reported_keys <> '')
        WHERE found IS NOT NULL"""


def key_contradiction(bench: Bench) -> str | Unable:
    """Find services whose titles certainly mean something else than their keys, as the matcher sees it."""
    if not bench.functions.knows_keys:
        return Unable.NO_REFERENCE
    return """
        SELECT * FROM (SELECT 'service' AS class, ref, title, 'keys' AS element,
          contradicted_key(title, official_title, reported_keys) AS found
          FROM stage_service WHERE op = 1 AND reported_keys <> '')
        WHERE found IS NOT NULL"""


def text_missing(bench: Bench) -> str | Unable:
    """Find services without a text that says anything; placeholders count as none."""
    if not bench.has("SELECT 1 FROM stage_service WHERE op = 1 AND has_text = 1 LIMIT 1"):
        return Unable.NONE_HAS
    return (
        "SELECT 'service' AS class, ref, title, 'text' AS element, '' AS found "
        "FROM stage_service WHERE op = 1 AND has_text = 0"
    )


def validity_ended(bench: Bench) -> str:
    """Find services that are delivered although they are valid no longer."""
    del bench
    return (
        "SELECT 'service' AS class, ref, title, 'valid_to' AS element, valid_to AS found "
        "FROM stage_service WHERE op = 1 AND valid_to <> '' AND day(valid_to) < :today"
    )


def validity_reversed(bench: Bench) -> str:
    """Find services whose validity ends before it begins."""
    del bench
    return (
        "SELECT 'service' AS class, ref, title, 'valid_to' AS element, "
        "valid_from || ' > ' || valid_to AS found FROM stage_service "
        "WHERE op = 1 AND valid_to <> '' AND valid_from <> '' "
        "AND day(valid_from) > day(valid_to)"
    )


def date_future(bench: Bench) -> str:
    """Find what was changed in the future; tomorrow may be today elsewhere."""
    del bench
    return (
        f"SELECT class, ref, title, element, said AS found FROM {_DATES} "  # noqa: S608
        "WHERE day(said) > :tomorrow"
    )


def date_old(bench: Bench) -> str:
    """Find services, online services and statements that were not changed for long."""
    del bench
    return (
        f"SELECT class, ref, title, element, said AS found FROM {_DATES} "  # noqa: S608
        "WHERE class IN ('service', 'online_service', 'offering') AND day(said) < :old"
    )


def date_malformed(bench: Bench) -> str:
    """Find dates that are none in ISO 8601."""
    del bench
    return f"""
        SELECT class, ref, title, element, said AS found FROM (
          SELECT * FROM {_DATES}
          UNION ALL SELECT 'service', ref, title, 'valid_from', valid_from FROM stage_service
            WHERE op = 1 AND valid_from <> ''
          UNION ALL SELECT 'service', ref, title, 'valid_to', valid_to FROM stage_service
            WHERE op = 1 AND valid_to <> ''
        ) WHERE day(said) IS NULL"""  # noqa: S608
