"""Everything a run can say has a message in every language, with the parameters it comes with."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from catalogue import messages
from catalogue.staging import StageSummary
from connectors.contract import SourceSettings
from sync.guard import Standing, object_to

SYNC = Path(__file__).parents[2] / "sync"
#: Names of the calls whose arguments are message codes, with the place of the code.
RAISING = {"RegionError": 2, "Objection": 0, "RetryLater": 0, "RejectDelivery": 0, "StoreError": 0}
#: The parameters of each code that has any.
PARAMS: dict[str, dict[str, object]] = {
    "area_key_format": {"given": "Gladbeck"},
    "area_name_ambiguous": {"name": "Neustadt"},
    "area_name_near": {"name": "Gladbek", "level": "gemeinde", "near": "Gladbeck"},
    "area_name_unknown": {"name": "Gladbek", "level": "gemeinde"},
    "area_name_without_level": {"name": "Gladbeck"},
    "area_unknown": {"given": "05999999"},
    "area_without_children": {"given": "055120000000"},
    "check_too_long": {"seconds": 120},
    "database_unreachable": {"database": "postgresql://rathaus/lueckenlos"},
    "database_folder": {"path": "data", "why": "Permission denied"},
    "defect": {"why": "ZeroDivisionError"},
    "delivery_begun_again": {"until": "2417"},
    "delivery_below_minimum": {"count": 1, "minimum": 10},
    "delivery_empty": {"before": 100},
    "delivery_grown": {"count": 101, "before": 10},
    "delivery_older": {"delivered": "2025-02-28", "known": "2025-03-01"},
    "delivery_shrunk": {"count": 69, "before": 100, "percent": 31},
    "delivery_part_shrunk": {"count": 4, "before": 80, "percent": 95},
    "delivery_elsewhere": {"lost": 31, "before": 100, "percent": 31},
    "delivery_deletes": {"lost": 31, "before": 100, "percent": 31},
    "released_begun_again": {"until": "2417"},
    "released_below_minimum": {"count": 1, "minimum": 10},
    "released_empty": {"before": 100},
    "released_older": {"delivered": "2025-02-28", "known": "2025-03-01"},
    "released_shrunk": {"count": 69, "before": 100, "percent": 31},
    "released_elsewhere": {"lost": 31, "before": 100, "percent": 31},
    "released_deletes": {"lost": 31, "before": 100, "percent": 31},
    "unlike_kind": {"read": 6, "held_read": 60, "source": "portal"},
    "unlike_older": {"delivered": "2025-02-01", "held_delivered": "2025-02-02", "source": "portal"},
    "unlike_smaller": {"count": 6, "held_count": 60, "source": "portal"},
    "unlike_fewer": {"offers": 100, "kept": 0, "held_kept": 60, "source": "portal"},
    "disk_full": {"why": "No space left on device"},
    "io_failed": {"why": "Input/output error"},
    "notify_twice": {"id": "leitung"},
    "region_source_twice": {"id": "portal"},
    "region_source_type": {"given": "lsit", "known": "list, xzufi"},
    "region_syntax": {"why": "Unclosed array"},
    "region_table_brackets": {"table": "notify"},
    "region_unknown_key": {"known": "name, areas"},
    "region_unknown_key_near": {"near": "name"},
    "region_unreadable": {"why": "Is a directory"},
    "region_value": {"why": "sources have no colour"},
    "region_value_choice": {"choices": "'absence' or 'nothing'"},
    "region_value_greater": {"limit": "1.0"},
    "region_value_least": {"limit": "0"},
    "region_value_most": {"limit": "100"},
    "region_value_pattern": {"pattern": "^[0-9]{2}$"},
    "run_time_limit": {"minutes": 480},
    "source_time_limit": {"minutes": 120},
    "source_unknown": {"given": "weg", "known": "portal"},
    "theme_unknown": {"given": "Bauen", "known": "Bauen & Wohnen; Umwelt"},
    "theme_unknown_near": {"given": "Bauen", "near": "Bauen & Wohnen"},
}
ISSUES = {
    "area_unknown",
    "object_contradictory",
    "object_repeated",
    "service_under_review",
    "service_unmatched",
}


def codes() -> set[str]:
    """Return the codes that stand in the package's calls and tables."""
    found: set[str] = set()
    for path in sorted(SYNC.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISING:
                place = RAISING[node.func.id]
                found |= _texts(node.args[place]) if len(node.args) > place else set()
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_VALUE_CODES":
                assert isinstance(node.value, ast.Dict)
                found |= {text for value in node.value.values for text in _texts(value)}
            elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "RELEASED":
                found |= {text for value in getattr(node.value, "values", ()) for text in _texts(value)}
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                found |= _texts(node.value)
    return found


def _texts(node: ast.expr) -> set[str]:
    values = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    found = {value.value for value in values if isinstance(value, ast.Constant)}
    return {text for text in found if isinstance(text, str) and text}


def test_the_codes_are_found() -> None:
    assert len(codes()) >= 45
    assert set(PARAMS) <= codes()


@pytest.mark.parametrize("code", sorted(codes()))
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_error_of_a_run_is_one_clear_line(language: str, code: str) -> None:
    text = messages.text(language, f"error.{code}", **PARAMS.get(code, {}))

    assert text
    assert "\n" not in text
    assert not re.search(r"\{[a-z_]+\}", text)


@pytest.mark.parametrize("kind", sorted(ISSUES))
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_remark_of_a_run_has_a_message(language: str, kind: str) -> None:
    assert messages.text(language, f"issue.{kind}", record="S1", detail="Hundewiese")


@pytest.mark.parametrize(
    "summary",
    [
        StageSummary(objects=0, scope="everything"),
        StageSummary(objects=1, scope="everything"),
        StageSummary(objects=60, scope="everything", created_at="2025-02-28"),
        StageSummary(objects=20_000, scope="everything"),
        StageSummary(objects=20_000),
    ],
)
def test_objections_come_with_what_their_messages_need(summary: StageSummary) -> None:
    settings = SourceSettings(id="portal", type="list", minimum=10)

    objections = object_to(summary, settings, Standing(100, "2025-03-01"))

    assert objections
    for objection in objections:
        for language in messages.LANGUAGES:
            assert messages.text(language, f"error.{objection.code}", **objection.params)
