"""From evidence flags to a level of maturity, by a named and versioned set of rules.

``rgm11`` follows the OZG-Reifegradmodell 1.1: 0 offline, 1 information, 2 form assistant, 3 online with
all that belongs to it, 4 once only. A page never shows level 0 (a page that is not there shows nothing)
and never proves level 4, whatever it says about registers. A level read from a page is a candidate.
"""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from catalogue.records import Status

__all__ = ["RULES", "Maturity", "judge"]

RULES = "rgm11/1"
INFORMATION, ASSISTANT, ONLINE = 1, 2, 3


class Maturity(NamedTuple):
    """A level, the highest one that it may be under conditions, and the status that goes with it."""

    level: int
    highest: int
    status: Status


def judge(flags: Set[str]) -> Maturity:
    """Return the maturity that the evidence flags of one service show.

    Account, eID, payment and uploads belong to level 3 and are no condition of it: which of them a service
    needs cannot be told from outside. What only works with an eID and otherwise ends on paper is a range.
    """
    if "online_submit" in flags:
        level = ASSISTANT if "paper_without_eid" in flags else ONLINE
        return Maturity(level, ONLINE, Status.ONLINE)
    if "form_assistant" in flags:
        return Maturity(ASSISTANT, ASSISTANT, Status.FORM)
    if "pdf_form" in flags:
        return Maturity(INFORMATION, INFORMATION, Status.FORM)
    return Maturity(INFORMATION, INFORMATION, Status.DESCRIBED)
