"""The rules for reading pages, loaded once for all sources of a process that use the same ones."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from connectors.html.rules import PageRules, load_rules

__all__ = ["known_rules"]


def known_rules(extra: Path | None) -> PageRules:
    """Return the packaged rules and those of a file. Raise AbortRun if it cannot be used.

    Loading takes about as long as fetching a hundred pages, and a region has many websites.
    """
    if extra is None:
        return _loaded(None, (0, 0))
    try:
        state = extra.stat()
    except (OSError, ValueError):
        return load_rules(extra)  # which says what is wrong with it
    return _loaded(extra, (state.st_mtime_ns, state.st_size))


@lru_cache(8)
def _loaded(extra: Path | None, _state: tuple[int, int]) -> PageRules:
    return load_rules(extra)
