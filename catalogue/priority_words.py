"""The parts of a priority in words: what each rests on, or why it could not be measured."""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.priority import PriorityPart
from catalogue.texts import Texts, printable

__all__ = ["detail_words", "parts_words"]


def detail_words(text: Texts, part: PriorityPart) -> str:
    """Return the figure behind one part in words, e.g. "2/5 haben es online"."""
    if not part.measured:
        return text.word("priority_unmeasured", part.detail)
    if part.code == "lists":
        names = ", ".join(printable(text.word("priority_list", name)) for name in part.detail.split())
        return text("priority_detail.lists", detail=names) if names else text("priority_detail.no_lists")
    shown = text.number(int(part.detail)) if part.detail.isdigit() else part.detail
    return text(f"priority_detail.{part.code}", detail=shown)


def parts_words(text: Texts, parts: Iterable[PriorityPart]) -> str:
    """Return each part with its points of those possible and what it rests on, one after the other."""
    return "; ".join(
        f"{text.word('priority_part', part.code)} {text.number(part.points)}/{text.number(part.of)} "
        f"({detail_words(text, part)})"
        if part.measured
        else f"{text.word('priority_part', part.code)}: {detail_words(text, part)}"
        for part in parts
    )
