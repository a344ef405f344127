"""A source of the region file by its id, and the commands that are proposed about it."""

from __future__ import annotations

import difflib
import shlex
from pathlib import Path

from catalogue.errors import NotFound
from cli.calling import region_words
from cli.session import Session
from connectors.contract import SourceSettings
from sync.region import Region
from sync.run import UnknownSource

__all__ = ["find_settings", "source_command"]


def find_settings(region: Region, given: str) -> SourceSettings:
    """Return a source's settings. Raise NotFound or UnknownSource, with what was probably meant."""
    wanted = given.strip()
    known = {settings.id: settings for settings in region.sources}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted.casefold(), known, n=3)
    if near:
        raise NotFound("source_near", given=given, near=", ".join(near))
    raise UnknownSource(given, list(known))


def source_command(session: Session, command: str, region: Path, *words: str) -> str:
    """Return a command about sources as it can be typed."""
    called = " ".join((session.text.commands["lueckenlos"], "sources", command, *map(shlex.quote, words)))
    return f"{called}{region_words(region)}"
