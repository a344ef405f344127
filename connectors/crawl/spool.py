"""The files between ``acquire`` and ``read``: pages with body or outcome, and what the crawl concluded.

A part file is a series of frames: a line with the lengths of header and body, the header as JSON, the body
as it came. The last frame has no page but the conclusion. Bodies exist only here, in the run's work folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final, NamedTuple

from catalogue.records import Completeness, Issue, Record, Severity
from connectors.contract import Delivery, Part
from connectors.crawl.memory import remember_count
from connectors.crawl.pages import LIST, SITEMAP, Page
from connectors.errors import RejectDelivery

__all__ = ["Conclusion", "Noted", "Spool", "SpoolWriter", "open_spool"]

#: Bytes of bodies that go into one part; more make several, which can be read by several processes.
PART_SIZE: Final = 4 * 1024 * 1024
LONGEST_HEADER: Final = 32 * 1024 * 1024
LONGEST_LINE: Final = 64
ORDER: Final = {SITEMAP: 0, LIST: 1}


class Noted(NamedTuple):
    """Something a crawl has to say: the code of an issue, what it is about, and its detail."""

    code: str
    record: str
    detail: str = ""
    severity: str = Severity.NOTICE.value


@dataclass(frozen=True)
class Conclusion:
    """What a crawl ends with.

    ``counts`` are the details of groups, to be compared with next time; ``whole`` are the groups about which
    there is no complaint; ``notes`` come from the job. It is ``torn`` if pages could not be read that may be
    readable another time.
    """

    scope: str
    issues: tuple[Noted, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    torn: bool = False


class _Place(NamedTuple):
    group: str  # empty if pages of a group need not stay together
    rank: int
    identity: str
    start: int
    size: int


class SpoolWriter:
    """Takes the pages of a crawl, from several threads, and makes the parts of a delivery of them."""

    def __init__(self, folder: Path, name: str, *, whole_groups: bool = False) -> None:
        self._whole_groups = whole_groups
        self._folder = folder
        self._name = name
        self._path = folder / "pages.crawl"
        self._file = self._path.open("w+b")
        self._lock = Lock()
        self._places: list[_Place] = []
        self._facts: list[str] = []

    def add(self, page: Page) -> None:
        """Keep a page until the parts are made."""
        header = {name: value for name, value in vars(page).items() if name != "body"}
        frame = _frame(header, page.body)
        place = (page.group if self._whole_groups else "", ORDER.get(page.kind, 2), page.identity)
        with self._lock:
            self._places.append(_Place(*place, self._file.tell(), len(frame)))
            self._facts.append(f"{page.identity}\0{page.kind}\0{page.digest}\0{page.noindex}")
            self._file.write(frame)

    def close(self) -> None:
        """Remove what is not part of a delivery."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def finish(self, conclusion: Conclusion, rules: str) -> Delivery:
        """Return the delivery.

        Its digest rests on what the pages say and what was concluded, not on how they were come by: pages
        that were fetched and the same ones remembered make the same delivery.
        """
        self._places.sort()
        parts = tuple(self._parts(conclusion))
        # Notes only tell read what was known before; they never change what the same pages mean.
        concluded = asdict(replace(conclusion, notes={}))
        facts = [rules, json.dumps(concluded, sort_keys=True), *sorted(self._facts)]
        digest = hashlib.blake2b("\n".join(facts).encode("utf-8", "surrogatepass"), digest_size=16)
        return Delivery(parts, digest.hexdigest())

    def _parts(self, conclusion: Conclusion) -> Iterator[Part]:
        batches = list(_batches(self._places, whole_groups=self._whole_groups))
        short = replace(conclusion, issues=(), counts={})
        for number, batch in enumerate(batches):
            is_last = number == len(batches) - 1
            path = self._folder / f"pages-{number:04d}.crawl"
            hashed = hashlib.blake2b(digest_size=16)
            with path.open("wb") as stream:
                for frame in (*self._frames(batch), _frame(asdict(conclusion if is_last else short), None)):
                    stream.write(frame)
                    hashed.update(frame)
            yield Part(
                f"{self._name} {number + 1}/{len(batches)}", path, hashed.hexdigest(), path.stat().st_size
            )

    def _frames(self, places: Iterable[_Place]) -> Iterator[bytes]:
        for place in places:
            self._file.seek(place.start)
            yield self._file.read(place.size)


def _batches(places: list[_Place], *, whole_groups: bool) -> Iterator[list[_Place]]:
    """Yield the pages of each part; at least one part, even without pages."""
    batch: list[_Place] = []
    size = 0
    for place in places:
        may_cut = not whole_groups or (batch and batch[-1].group != place.group)
        if batch and may_cut and size + place.size > PART_SIZE:
            yield batch
            batch, size = [], 0
        batch.append(place)
        size += place.size
    yield batch


class Spool:
    """One part file, to be read from its first page to its conclusion."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._conclusion: Conclusion | None = None

    def pages(self) -> Iterator[Page]:
        """Yield the pages: sitemaps, lists, then all others. Raise RejectDelivery if the file was cut off.

        Where groups are kept whole, this is the order within each of them.
        """
        with self._part.path.open("rb") as stream:
            while self._conclusion is None:
                header, body = self._next(stream)
                if "scope" in header:
                    header["issues"] = tuple(Noted(*issue) for issue in header["issues"])
                    header["whole"] = tuple(header["whole"])
                    self._conclusion = Conclusion(**header)
                else:
                    header["links"] = tuple(header["links"])
                    yield Page(**header, body=None if header["outcome"] is not None else body)

    @property
    def notes(self) -> dict[str, str]:
        """Return the notes of the job, after all pages. Raise RejectDelivery if the file was cut off."""
        return self._end().notes

    @property
    def whole(self) -> frozenset[str]:
        """Return the groups about which the crawl has no complaint, after all pages; the same in each part.

        Raise RejectDelivery if the file was cut off.
        """
        return frozenset(self._end().whole)

    def conclusion(self, *, complete: bool = True) -> Iterator[Record]:
        """Yield the issues of the crawl, what to remember of it, and its Completeness, after all pages.

        Whoever found a reason in the pages says that they are not ``complete``. Raise RejectDelivery if
        the file was cut off.
        """
        end = self._end()
        for issue in end.issues:
            yield Issue(Severity(issue.severity), issue.code, issue.record, issue.detail)
        for group, count in end.counts.items():
            yield remember_count(group, count)
        yield Completeness(end.scope if complete else "part", reach="torn" if end.torn else "")

    def _end(self) -> Conclusion:
        if self._conclusion is None:
            raise self._cut_off()
        return self._conclusion

    def _next(self, stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
        lengths = stream.readline(LONGEST_LINE).split()
        if len(lengths) != 2 or not all(length.isdigit() for length in lengths):
            raise self._cut_off()
        header_length, body_length = int(lengths[0]), int(lengths[1])
        header = stream.read(min(header_length, LONGEST_HEADER))
        body = stream.read(min(body_length, self._part.size))
        if len(header) != header_length or len(body) != body_length:
            raise self._cut_off()
        content: dict[str, Any] = json.loads(header)
        return content, body

    def _cut_off(self) -> RejectDelivery:
        return RejectDelivery("crawl_part_damaged", file=self._part.name)


def open_spool(part: Part) -> Spool:
    """Return the pages and the conclusion of one file that ``crawl`` made."""
    return Spool(part)


def _frame(header: dict[str, object], body: bytes | None) -> bytes:
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return b"%d %d\n" % (len(text), len(body or b"")) + text + (body or b"")
