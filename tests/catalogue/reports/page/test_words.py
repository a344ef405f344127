from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue.annotations import KINDS
from catalogue.causes import CAUSES
from catalogue.competence import RULES
from catalogue.levels import LEVELS
from catalogue.messages import LANGUAGES, keys, text
from catalogue.priority import PARTS
from catalogue.reports.coverage import DEFINITIONS, REASONS
from catalogue.reports.page import changes
from catalogue.reports.page.services import PARTS as SERVICE_PARTS
from catalogue.reports.page.work import NAVIGATION
from catalogue.reports.trend import BREAKS
from catalogue.signals_rules import SIGNALS
from catalogue.verdict import STATUSES

FOLDER = Path("catalogue/reports/page")
SOURCES = [*FOLDER.glob("templates/*.html"), *FOLDER.glob("*.py")]
#: Keys that are made of a beginning and a code, with the codes there can be.
MADE = {
    "page.nav_": [place for place, _ in NAVIGATION],
    "page.definition_": DEFINITIONS,
    "page.level_many_": LEVELS,
    "page.remedy_": REASONS,
    "page.competence_": ("yes", "no", "unresolved"),
    "page.figure_": changes.FULL,
    "page.break_": BREAKS,
    "page.part_": PARTS,
    "page.part_of_": SERVICE_PARTS,
    "page.part_lead_": SERVICE_PARTS,
    "page_part.": PARTS,
    "page_status.": STATUSES,
    "page_reason.": REASONS,
    "page_rule.": RULES,
    "page_rule_text.": RULES,
    "cause.": CAUSES,
    "signal.": SIGNALS,
    "remark.": KINDS,
    "area_kind.": ("kreisfreie_stadt", "kreis", "gemeinde", "stadt"),
}


def used() -> set[str]:
    """Return all keys that templates and modules write down, and all that they make of codes."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    written = set(re.findall(r"""["'](page[a-z_]*\.[a-z_]+)["']""", code))
    made = {f"{begin}{code}" for begin, codes in MADE.items() for code in codes}
    return {key for key in written if not key.endswith("_")} | made


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_on_the_page_is_in_the_catalogue(language: str) -> None:
    assert used() - keys(language) == set()


def test_no_word_of_the_page_is_there_in_vain() -> None:
    own = {"page", "page_part", "page_status", "page_reason", "page_rule", "page_rule_text"}
    assert {key for key in keys("de") if key.partition(".")[0] in own} - used() == set()


def test_the_languages_say_it_differently() -> None:
    own = [key for key in used() if key.startswith("page")]
    same = {text_or_empty("de", key) for key in own if text_or_empty("de", key) == text_or_empty("en", key)}
    assert {said for said in same if len(said) > 20} == set()


def text_or_empty(language: str, key: str) -> str:
    """Return a message; empty if it has to be filled."""
    try:
        return text(language, key)
    except (KeyError, IndexError):
        return ""
