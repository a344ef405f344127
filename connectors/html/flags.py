"""The evidence flags of one service, by precedence where its words contradict each other."""

from __future__ import annotations

import re
from typing import NamedTuple

from catalogue.records import Evidence
from connectors.html.cues import Hit
from connectors.html.linktypes import Typed
from connectors.html.personal import snippet
from connectors.html.ruleset import PageRules

__all__ = ["Findings", "evidence_of"]

MOST_SNIPPETS = 2  # of one flag
#: Services about identity cards: there eID is the topic, not a condition.
_TOPIC = re.compile(r"ausweis|\beid\b|e-id|aufenthaltstitel|\bpin\b")
_REQUIRED = re.compile(
    r"(antrag|formular|anmeld|online-dienst)\w*.{0,120}(ausweis|\beid\b)|"
    r"(ausweis|\beid\b).{0,120}(erforderlich|nötig|benötigt|antrag|anmelden)"
)
_ALTERNATIVE = re.compile(
    r"\b(alternativ|oder|wahlweise|ansonsten|falls|wenn|sofern|möchten)\b"
    r"|pdf|vordruck|papier|formular (herunter|aus)"
)
#: "…, drucken Sie ihn aus, unterschreiben …": what stands behind it are other ways of sending paper.
_PRINTED = re.compile(r"\b(drucken|ausdrucken|ausgedruckt|druckt)\b.{0,140}unter(schr|zeichn)")
_PLAIN = (
    "payment_online",
    "trust_level",
    "account_required",
    "evidence_upload",
    "digital_result",
    "once_only",
)


class Findings(NamedTuple):
    """What was found for one service."""

    title: str
    hits: list[Hit]
    links: list[Typed]
    generic: bool  # the text is one of the Land
    stale: str  # the words or the date that make the page outdated


class _Book:
    """Collects evidence; keeps a few snippets of each flag."""

    def __init__(self, rules: PageRules) -> None:
        self.rules = rules
        self.entries: list[Evidence] = []

    def add(self, flag: str, words: str = "", url: str = "") -> None:
        said = [entry for entry in self.entries if entry.flag == flag]
        entry = Evidence(flag, snippet(words, self.rules) if words else "", url)
        if len(said) < MOST_SNIPPETS and entry not in said:
            self.entries.append(entry)


def evidence_of(found: Findings, rules: PageRules) -> tuple[Evidence, ...]:
    """Return the evidence flags of a service, each with the words or the link that show it."""
    book = _Book(rules)
    online = [typed for typed in found.links if typed.link.kind == "online"]
    forms = [typed for typed in found.links if typed.link.kind == "form"]
    said: dict[str, list[str]] = {}
    for hit in found.hits:
        said.setdefault(hit.flag, []).append(hit.sentence)
    book.add("info_text", found.title)
    for typed in forms:
        book.add("pdf_form", typed.link.label, typed.link.url)
    if online:
        _online(book, found.title, online, forms, said)
    else:
        _offline(book, found, forms, said)
    for sentence in said.get("signature", ()):
        book.add("wet_signature", sentence)
    if found.generic or "generic_text" in said:
        book.add("generic_text", *said.get("generic_text", ())[:1])
    if found.stale:
        book.add("stale", found.stale)
    return tuple(book.entries)


def _online(
    book: _Book, title: str, online: list[Typed], forms: list[Typed], said: dict[str, list[str]]
) -> None:
    """Add what counts beside a concrete link into an online procedure."""
    flag = "form_assistant" if _ends_on_paper(online, forms, said) else "online_submit"
    for typed in online:
        book.add(flag, typed.link.label, typed.link.url)
        if typed.in_portal:
            book.add("portal_page", typed.link.label, typed.link.url)
    for sentence in said.get("paper_without_eid", ()):
        book.add("paper_without_eid", sentence)
    for plain in _PLAIN:
        for sentence in said.get(plain, ()):
            book.add(plain, sentence)
    topical = _TOPIC.search(title.lower()) is not None
    for sentence in said.get("eid", ()):
        if not topical or _REQUIRED.search(sentence.lower()):
            book.add("eid", sentence)
    # The link stands; that some sentence says otherwise is kept beside it.
    for sentence in (*said.get("in_person", ()), *said.get("online_negated", ())):
        book.add("contradiction", sentence)


def _offline(book: _Book, found: Findings, forms: list[Typed], said: dict[str, list[str]]) -> None:
    """Add what remains where no link leads into an online procedure: words alone raise no level."""
    bookings = [typed for typed in found.links if typed.link.kind == "booking"]
    states = [typed for typed in found.links if typed.link.kind == "status"]
    if not forms:
        for typed in bookings:
            book.add("appointment_only", typed.link.label, typed.link.url)
        if not bookings:
            for sentence in said.get("appointment", ()):
                book.add("appointment_only", sentence)
    if not forms and not bookings:
        for typed in states:
            book.add("status_only", typed.link.label, typed.link.url)
    for typed in found.links:
        if typed.in_portal:
            book.add("portal_page", typed.link.label, typed.link.url)
    for flag in ("online_negated", "in_person", "online_mention"):
        for sentence in said.get(flag, ()):
            book.add(flag, sentence)


def _ends_on_paper(online: list[Typed], forms: list[Typed], said: dict[str, list[str]]) -> bool:
    """Tell whether what is filled in online has to be printed, signed and sent.

    A signature is asked for of forms on paper, too. It belongs to the online way if the page speaks of
    filling in online, or if there is no paper form it could belong to.
    """
    finished = "paper_without_eid" in said or "browser_submission" in said
    if not finished and all(typed.assisted for typed in online):
        return True
    signatures = said.get("signature", [])
    if not signatures or "paper_without_eid" in said:
        return False
    if any(typed.filled_online for typed in online) or "fill_online" in said:
        return True
    if forms or "browser_submission" in said:
        return False
    return not all(_is_alternative(sentence.lower()) for sentence in signatures)


def _is_alternative(sentence: str) -> bool:
    """Tell whether a sentence about signing on paper speaks of another way than the online one."""
    printed = _PRINTED.search(sentence)
    return _ALTERNATIVE.search(sentence[: printed.start()] if printed else sentence) is not None
