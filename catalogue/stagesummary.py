"""What is told about a stage: counts, issues with samples, and how complete the delivery was."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from catalogue.records import Completeness, Issue, Severity

__all__ = ["SAMPLES_PER_KIND", "StageSummary"]

SAMPLES_PER_KIND: Final = 20
DETAIL_LENGTH: Final = 200
DATE_LENGTH: Final = 64
#: What stands for the ref of a record that has none: its running number in the file or section.
PLACE: Final = re.compile(r"#(\d{1,18})\Z", re.ASCII)


@dataclass
class StageSummary:
    """What a stage holds: counts, issues with samples, and how complete the part was.

    ``issues`` maps (severity, kind) to (count, samples as (record, detail)). ``objects`` counts distinct
    objects written. ``scope`` is empty if the stream ended without saying how complete it was. ``places``
    is that of the Completeness of a section of a file.
    """

    read: int = 0
    direct: int = 0
    objects: int = 0
    parts: int = 0
    deletions: int = 0
    repeated: int = 0
    differed: int = 0
    scope: str = ""
    since: str = ""
    until: str = ""
    reach: str = ""
    created_at: str = ""
    places: int = 0
    issues: dict[tuple[str, str], tuple[int, list[tuple[str, str]]]] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """Return the number of records that could not be used."""
        return sum(count for (severity, _), (count, _) in self.issues.items() if severity == "skipped")

    @property
    def claim(self) -> Completeness:
        """Return what was said about completeness."""
        return Completeness(self.scope, self.since, self.until, self.created_at, self.reach)

    def add_issue(self, severity: str, kind: str, record: str, detail: str) -> None:
        """Count an issue; the first ones of each kind are kept as samples."""
        count, samples = self.issues.get((severity, kind), (0, []))
        if len(samples) < SAMPLES_PER_KIND:
            samples.append((_shown(record, DETAIL_LENGTH), _shown(detail, DETAIL_LENGTH)))
        self.issues[severity, kind] = (count + 1, samples)

    def take_issue(self, record: Issue) -> None:
        """Count an issue that a connector yielded."""
        if record.severity is Severity.SKIPPED:
            self.read += 1
        self.add_issue(record.severity.value, record.kind, record.record, record.detail)

    def take_completeness(self, record: Completeness) -> None:
        """Note how complete the part was."""
        self.scope, self.since, self.until = record.scope, record.since, record.until
        self.reach = record.reach
        self.created_at = _shown(record.created_at, DATE_LENGTH)
        self.places = record.places

    def take(self, record: Issue | Completeness) -> None:
        """Note what a connector says about a file as a whole."""
        if isinstance(record, Issue):
            self.take_issue(record)
        else:
            self.take_completeness(record)

    def include(self, other: StageSummary) -> None:
        """Add another part's summary; scopes are combined by the weakest."""
        self._add(other)
        self.scope = _weaker(self.scope, other.scope) if self.parts else other.scope
        self.parts += 1
        self.since = self.since or other.since
        self.until = other.until or self.until
        self.reach = other.reach or self.reach
        self.created_at = max(self.created_at, other.created_at)

    def extend(self, other: StageSummary) -> None:
        """Add the summary of the next section of the same file, whose places are counted on.

        What the sections claim is left to the connector.
        """
        self._add(other)
        self.places += other.places

    def _add(self, other: StageSummary) -> None:
        self.direct += other.direct
        self.deletions += other.deletions
        self.read += other.read
        for (severity, kind), (count, samples) in other.issues.items():
            known, kept = self.issues.get((severity, kind), (0, []))
            moved = [(_moved(record, self.places), detail) for record, detail in samples]
            self.issues[severity, kind] = (known + count, (kept + moved)[:SAMPLES_PER_KIND])


def _moved(record: str, places: int) -> str:
    """Return a place counted from the beginning of the file; refs stay as they are."""
    place = PLACE.match(record) if places else None
    return f"#{int(place[1]) + places}" if place else record


def _weaker(first: str, second: str) -> str:
    order = ["", "part", "increment", "everything"]
    return min(first, second, key=order.index)


def _shown(text: str, length: int) -> str:
    """Return the beginning of a foreign text with marks for what cannot be shown or stored."""
    text = text[:length]
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)
