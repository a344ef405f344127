"""Workbooks as files: the gap list of ``gaps --format xlsx``, and the stream each workbook is written to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from catalogue.priority_rules import PriorityRules
from catalogue.reports.filters import Filters
from catalogue.signals_rules import SignalRules
from cli.app_version import program_version
from cli.output import Output, opened
from cli.problems import UsageProblem
from cli.session import Session

if TYPE_CHECKING:
    from catalogue.reports.workbook.material import Question

__all__ = ["XLSX", "question_of", "write_gaps"]

#: The name of the form, and the suffix of its files.
XLSX = "xlsx"


def write_gaps(
    session: Session,
    output: Output,
    filters: Filters,
    signal_rules: SignalRules,
    priority_rules: PriorityRules,
) -> None:
    """Write the workbook about the areas that the filters choose.

    Raise UsageProblem where it cannot go, NotFound for what the filters name in vain, OSError.
    """
    # No other form has to wait for the library that writes workbooks.
    from catalogue.reports.workbook.writing import write_workbook

    if output.limit:
        raise UsageProblem("workbook_limit")
    if output.path is None and sys.stdout.isatty():
        raise UsageProblem("workbook_terminal")
    question = question_of(session, filters, signal_rules, priority_rules)
    with session.reading() as connection, opened(output.path) as stream:
        write_workbook(connection, question, session.text, stream)


def question_of(
    session: Session, filters: Filters, signal_rules: SignalRules, priority_rules: PriorityRules
) -> Question:
    """Return what a workbook is asked for, at this moment."""
    from catalogue.reports.workbook.material import Question

    return Question(
        now=session.now(),
        version=program_version(),
        filters=filters,
        priority_rules=priority_rules,
        signal_rules=signal_rules,
    )
