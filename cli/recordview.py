"""How single records are shown to people: keys, matches, and what a page shows; used by several commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from catalogue.reports.recordrows import EvidenceRow, KeyRow, LinkRow, MatchRow
from cli.texts import Texts, printable

__all__ = ["key_facts", "match_facts", "page_facts", "reasons_words"]

#: Candidates under review may be very many; JSON has all.
CANDIDATES_SHOWN = 5

Fact = tuple[str, str]


class PageRow(Protocol):
    """What rows about an offering say of its page."""

    @property
    def page(self) -> str:
        """The address of the page that describes it."""

    @property
    def links(self) -> tuple[LinkRow, ...]:
        """The links of the page."""

    @property
    def evidence(self) -> tuple[EvidenceRow, ...]:
        """What the page shows."""

    @property
    def acts(self) -> tuple[str, ...]:
        """What can be done there."""

    @property
    def maturity(self) -> int | None:
        """The level of maturity; None if nobody judged."""

    @property
    def maturity_rules(self) -> str:
        """The rule set that judged."""


def page_facts(row: PageRow, text: Texts) -> list[Fact]:
    """Return what is known of an offering's page, one fact for each link and each flag."""
    facts = [(text("column.page"), row.page)] if row.page else []
    facts += [(text("column.link"), _link(one, text)) for one in row.links]
    facts += [(text("column.evidence"), _evidence(one, text)) for one in row.evidence]
    if row.acts:
        facts.append((text("column.acts"), ", ".join(row.acts)))
    if row.maturity is not None:
        level = text("sources.maturity", level=row.maturity, rules=printable(row.maturity_rules))
        facts.append((text("column.maturity"), level))
    return facts


def _link(link: LinkRow, text: Texts) -> str:
    kind = text.word("link_kind", link.kind)
    operator = text.word("operator", link.operator) if link.operator else ""
    words = ", ".join(part for part in (kind, operator, printable(link.label)) if part)
    return f"{words}: {link.url}"


def _evidence(one: EvidenceRow, text: Texts) -> str:
    flag = text.word("flag", one.flag)
    quoted = text("sources.quoted", snippet=printable(one.snippet)) if one.snippet else ""
    return " ".join(part for part in (flag, quoted, one.url) if part)


def key_facts(keys: Iterable[KeyRow], text: Texts) -> list[Fact]:
    """Return what the catalogue says of each reported key."""
    return [
        (
            text("column.reported_key"),
            text(f"sources.key_{one.state}", key=printable(one.key), name=one.name, ozg_id=one.ozg_id or "–"),
        )
        for one in keys
    ]


def match_facts(matches: Sequence[MatchRow], text: Texts) -> list[Fact]:
    """Return what a record is taken for, or could be; the surest first, and how many more there are."""
    if not matches:
        return [(text("column.decision"), text("sources.match_none"))]
    ordered = sorted(matches, key=lambda one: (one.state != "accepted", -one.score, one.ozg_id))
    facts = [(text("column.decision"), _match(one, text)) for one in ordered[:CANDIDATES_SHOWN]]
    more = len(ordered) - CANDIDATES_SHOWN
    if more > 0:
        facts.append((text("column.decision"), text("sources.more_candidates", count=text.number(more))))
    return facts


def _match(one: MatchRow, text: Texts) -> str:
    service = f"{one.ozg_id} {one.title}".strip()
    leika = f", {one.leika_key} {one.name}".rstrip() if one.leika_key else ""
    how = f"{text.word('method', one.method)} ({text.number(one.score)}, {printable(one.actor)})"
    because = text("sources.because", reason=printable(one.reason)) if one.reason else ""
    return " ".join(
        part for part in (f"{text.word('state', one.state)}: {service}{leika}; {how}", because) if part
    )


def reasons_words(reasons: Iterable[str], text: Texts) -> str:
    """Return why no cell rests on a record, in words."""
    return "; ".join(text.word("no_cell", reason) for reason in reasons)
