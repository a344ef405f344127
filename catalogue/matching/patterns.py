"""What a decision of a person is about: one record, or a title in one source or in any."""

from __future__ import annotations

from typing import Final, NamedTuple

from catalogue.matching.words import normalise

__all__ = ["ANY", "RECORD", "SCOPES", "SOURCE", "Pattern", "record_pattern", "title_key", "title_pattern"]

RECORD: Final = "record"
SOURCE: Final = "source"
ANY: Final = "any"
#: From the widest to the narrowest: what is said about fewer records outranks what is said about more.
SCOPES: Final = (ANY, SOURCE, RECORD)


class Pattern(NamedTuple):
    """The records meant: ``key`` is a ref for the scope ``record``, else a normalised title."""

    scope: str
    source_id: int | None  # None with the scope ``any`` only
    key: str


def title_key(title: str, official_title: str = "") -> str:
    """Return a record's title as titles are compared; that of the official one if it has no other."""
    return normalise(title) or normalise(official_title)


def record_pattern(source_id: int, ref: str) -> Pattern:
    """Return the pattern of one record, whatever its title and keys become."""
    return Pattern(RECORD, source_id, ref)


def title_pattern(key: str, source_id: int | None = None) -> Pattern:
    """Return the pattern of all records with a normalised title, of one source or of any."""
    return Pattern(ANY if source_id is None else SOURCE, source_id, key)
