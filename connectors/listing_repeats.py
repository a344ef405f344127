"""Rows of one list that have the same ref.

Rows that say the same count once. Rows that contradict each other are all kept, each with a suffix made
from what tells it apart, so that neither their order nor the rest of the file changes their refs. All this
needs little memory: a first pass only marks refs in a filter of fixed size, and only rows whose refs were
seen before are held back in the second one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from catalogue.records import Issue, Offering, Severity
from connectors.errors import RejectDelivery
from connectors.listing_rows import fold

__all__ = ["MAX_REPEATED", "HeldRows", "RepeatedRefs"]

#: More rows than this sharing their refs with others mean that the columns are mapped wrongly.
MAX_REPEATED = 50_000
FILTER_BITS = 26
FILTER_HASHES = 4


class RepeatedRefs:
    """The refs that occur more than once, and a few more by chance."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._filter = bytearray(1 << (FILTER_BITS - 3))
        self._repeated: set[bytes] = set()

    def add(self, ref: str) -> None:
        """Count one more row with this ref."""
        digest = _digest(ref)
        if self._mark(digest):
            self._repeated.add(digest)
            if len(self._repeated) > MAX_REPEATED:
                raise RejectDelivery("list_repeats", file=self._name, limit=MAX_REPEATED)

    def __contains__(self, ref: object) -> bool:
        return isinstance(ref, str) and _digest(ref) in self._repeated

    def _mark(self, digest: bytes) -> bool:
        """Mark a ref in the filter; tell whether it had all its marks already."""
        was_there = True
        for number in range(FILTER_HASHES):
            position = int.from_bytes(digest[4 * number : 4 * number + 4], "big")
            byte, bit = divmod(position & ((1 << FILTER_BITS) - 1), 8)
            if not self._filter[byte] >> bit & 1:
                was_there = False
                self._filter[byte] |= 1 << bit
        return was_there


class HeldRows:
    """Rows whose refs others share, until all of them are known."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._groups: dict[str, dict[tuple[str, ...], tuple[int, Offering]]] = {}
        self._count = 0

    def hold(self, number: int, offering: Offering) -> Issue | None:
        """Keep a row for later; return an issue if another row says the same."""
        group = self._groups.setdefault(offering.ref, {})
        claim = _claim(offering)
        known = group.get(claim)
        if known is None:
            group[claim] = (number, offering)
            self._count += 1
            if self._count > MAX_REPEATED:
                raise RejectDelivery("list_repeats", file=self._name, limit=MAX_REPEATED)
            return None
        # Of rows that say the same the latest observation stands, whichever comes first in the file.
        group[claim] = (known[0], max(known[1], offering, key=_freshness))
        return Issue(Severity.NOTICE, "row_repeated", str(number), str(known[0]))

    def release(self) -> Iterator[Offering | Issue]:
        """Yield the rows that were held, with a suffix where they contradict each other."""
        for group in self._groups.values():
            if len(group) == 1:
                yield from (offering for _, offering in group.values())
                continue
            length = _telling_length(list(group))
            first = next(iter(group.values()))[0]
            for claim, (number, offering) in group.items():
                suffix = hashlib.blake2b(repr(claim[:length]).encode(), digest_size=4).hexdigest()
                yield offering._replace(ref=f"{offering.ref}#{suffix}")
                if number != first:
                    yield Issue(Severity.NOTICE, "row_contradicted", str(number), str(first))


def _digest(ref: str) -> bytes:
    return hashlib.blake2b(ref.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _claim(offering: Offering) -> tuple[str, ...]:
    """Return what a row says, what changes least first; its date and note are not part of it."""
    service = offering.service
    return (
        fold(offering.area),
        service.ref,
        fold(offering.unit),
        offering.url,
        offering.operator,
        offering.status,
    )


def _freshness(offering: Offering) -> tuple[str, Offering]:
    return (offering.observed_at, offering)


def _telling_length(claims: Sequence[tuple[str, ...]]) -> int:
    """Return how many of the leading values tell all claims apart."""
    lengths = range(1, len(claims[0]))
    apart = (length for length in lengths if len({claim[:length] for claim in claims}) == len(claims))
    return next(apart, len(claims[0]))
