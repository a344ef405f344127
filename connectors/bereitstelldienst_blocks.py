"""Block after block out of a log that never ends: where to begin, where to go on, when to stop.

A block is asked for by its index and says which index comes next and whether that was all for now. Each
block's XML becomes a file; a last small file says from where to where the log was read, which is what
the catalogue has to remember together with the data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from catalogue.records import Completeness
from connectors.assignment import Assignment
from connectors.bereitstelldienst_envelope import Envelope, unpack_envelope
from connectors.contract import Delivery, Part
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.oauth import TokenKeeper
from connectors.replacement import Replacement
from connectors.urls import is_fetchable, origin, redact

__all__ = [
    "CURSOR",
    "BlockReader",
    "Limits",
    "Query",
    "Stretch",
    "is_stretch",
    "read_block_scope",
    "read_stretch",
]

#: The key under which the index to go on from is remembered.
CURSOR = "cursor"
#: Folders of the blocks: what a delivery with such a block can be at most.
BEGINNING, LATER = "everything", "increment"
STRETCH_FILE = "stretch.json"
GONE = frozenset({404, 410})


@dataclass(frozen=True)
class Query:
    """Where blocks are asked for. ``index_name`` is the parameter that names a block."""

    location: str
    fixed: Mapping[str, str]
    index_name: str

    def url(self, index: int) -> str:
        """Return the address of the block at an index."""
        parts = urlsplit(self.location)
        named = {**self.fixed, self.index_name: str(index)}
        kept = [(name, value) for name, value in _pairs(parts.query) if name not in named]
        return urlunsplit(parts._replace(query=urlencode([*kept, *named.items()]), fragment=""))

    def next_url(self, envelope: Envelope, index: int) -> str:
        """Return the address that an envelope names for the next block, or one of our own making.

        Theirs is taken only if it asks the same server in the same place for the same thing: it will be
        given the token.
        """
        own = self.url(index)
        return envelope.next_url if self._is_equal(envelope.next_url, own) else own

    def _is_equal(self, url: str, own: str) -> bool:
        if not is_fetchable(url):
            return False
        theirs, ours = urlsplit(url), urlsplit(own)
        if origin(url) != origin(own) or theirs.path != ours.path or "@" in theirs.netloc:
            return False
        said = _pairs(theirs.query)
        return all(said.count(pair) == 1 for pair in _pairs(ours.query)) and (
            len({name for name, _ in said}) == len(said)
        )


class Stretch(NamedTuple):
    """What was read of the log: from index ``since`` up to index ``until``.

    ``began`` tells whether nothing had been remembered, ``ended`` whether the source said that this was
    all. ``hollow`` are the blocks that brought nothing though they counted objects: index and count.
    """

    since: int
    until: int
    began: bool
    ended: bool
    hollow: tuple[tuple[int, int], ...] = ()

    @property
    def completeness(self) -> Completeness:
        """Return what this makes of the delivery."""
        span = (str(self.since), str(self.until))
        if self.began and self.ended:
            return Completeness(BEGINNING, *span)
        reach = "caught_up" if self.ended else "begun" if self.began else "behind"
        return Completeness(LATER, *span, reach=reach)


class Limits(NamedTuple):
    """Where a run stops if the log goes on: after so many blocks, or so many bytes on the disk."""

    blocks: int
    size: int


@dataclass
class _Progress:
    """The state of one run through the log."""

    index: int
    blocks: int = 0
    size: int = 0
    ended: bool = False
    parts: list[Part] = field(default_factory=list)
    hollow: list[tuple[int, int]] = field(default_factory=list)


class BlockReader:
    """Reads blocks, one after the other, into a folder."""

    def __init__(self, query: Query, fetcher: Fetcher, token: TokenKeeper, names: Mapping[str, str]) -> None:
        self._query = query
        self._fetcher = fetcher
        self._token = token
        self._names = names

    def read(self, folder: Path, assignment: Assignment, limits: Limits) -> Delivery:
        """Fetch what there is from the remembered index on. Raise any ConnectorError."""
        remembered = assignment.memory.get(CURSOR, "")
        began = not remembered
        since = int(remembered or "0")
        blocks = folder / (BEGINNING if began else LATER)
        blocks.mkdir()
        state = _Progress(since)
        url = self._query.url(since)
        while not state.ended and state.blocks < limits.blocks and state.size < limits.size:
            assignment.check()
            envelope = self._fetch(url, blocks, state, is_remembered=not began and not state.blocks)
            url = self._advance(envelope, state)
            assignment.progress(state.blocks, 0)
        stretch = Stretch(since, state.index, began, state.ended, tuple(state.hollow))
        parts = (*state.parts, _write_stretch(stretch, folder / STRETCH_FILE))
        digest = hashlib.blake2b(digest_size=16)
        for part in parts:
            digest.update(f"{part.name}\0{part.digest}\n".encode())
        return Delivery(parts, digest.hexdigest())

    def _fetch(self, url: str, folder: Path, state: _Progress, *, is_remembered: bool) -> Envelope:
        name = f"index={state.index}"
        raw = folder / "block.json"
        try:
            download = self._token.call(lambda headers: self._fetcher.download(url, raw, headers=headers))
        except RetryLater as error:
            if is_remembered and error.code == "http_status" and error.params["status"] in GONE:
                found = error.params["status"]
                gone = RetryLater("log_cursor_gone", url=redact(url), status=found, index=state.index)
                raise gone from None
            raise
        target = folder / f"{state.blocks + 1:06d}.xml"
        envelope = unpack_envelope(raw, target, self._names, name)
        raw.unlink()
        state.size += download.size + envelope.size
        if envelope.size:
            state.parts.append(Part(name, target, envelope.digest, envelope.size))
        elif envelope.claimed:
            state.hollow.append((state.index, envelope.claimed))
        return envelope

    def _advance(self, envelope: Envelope, state: _Progress) -> str:
        """Note where the log goes on, and return the address. Raise RejectDelivery if it does not."""
        following = envelope.next_index
        if following is None:
            field = self._names["next_index"]
            raise RejectDelivery("envelope_field", block=f"index={state.index}", field=field)
        if following < state.index or (following == state.index and not envelope.complete):
            raise RejectDelivery("log_stands_still", index=state.index, next=following)
        state.blocks += 1
        state.index = following
        state.ended = envelope.complete
        return self._query.next_url(envelope, following)


def read_block_scope(part: Part) -> str:
    """Return what a delivery with this block can be at most."""
    return BEGINNING if part.path.parent.name == BEGINNING else LATER


def is_stretch(part: Part) -> bool:
    """Tell whether a part says what was read, and is no block."""
    return part.path.name == STRETCH_FILE


def read_stretch(part: Part) -> Stretch:
    """Return what a delivery says of itself. Raise RejectDelivery if it cannot be read."""
    try:
        since, until, began, ended, hollow = json.loads(part.path.read_bytes())
    except (OSError, ValueError) as error:
        reason = type(error).__name__
        raise RejectDelivery("file_unreadable", file=part.name, reason=reason) from error
    return Stretch(since, until, began, ended, tuple((index, count) for index, count in hollow))


def _write_stretch(stretch: Stretch, target: Path) -> Part:
    with Replacement(target) as file:
        file.write(json.dumps(stretch).encode())
        file.commit()
    return Part(f"index={stretch.since}…{stretch.until}", target, file.digest, file.size)


def _pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of an address; none at all where nobody can read them."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return []
