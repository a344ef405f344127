"""Reading profiles: those that come with the program, and files of a region that may build on them.

A file that ``extends`` a shipped profile says only what differs: a list of tables replaces the inherited
one, of a single table each key replaces the inherited key. Errors name file, line and key.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connectors.errors import AbortRun
from connectors.portals.profile import Profile

__all__ = ["LoadedProfile", "is_file", "load_profile", "shipped_profiles"]

#: Raised whenever this package makes something else of the same pages with the same profile.
READER = "portals/1"
FOLDER = Path(__file__).parent / "profiles"
LARGEST_FILE = 1 << 20  # bytes
LONGEST_SHOWN = 160  # characters
_PLACE = re.compile(r"at line (\d+)")


class LoadedProfile(NamedTuple):
    """A profile, and a hash (hex) that changes with anything that decides how pages are read by it."""

    profile: Profile
    digest: str


def shipped_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with the program."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def is_file(setting: str) -> bool:
    """Tell whether a setting names a file rather than a shipped profile."""
    return "." in setting or "/" in setting or "\\" in setting


def load_profile(setting: str) -> LoadedProfile:
    """Return a shipped profile by name, or one from a file.

    Raise AbortRun for the first error, with file, line (0 for the whole file) and key, and how many follow.
    """
    path = Path(setting) if is_file(setting) else _shipped(setting)
    text, document = _read(path)
    hashed = hashlib.blake2b(f"{READER}\0{text}".encode(), digest_size=16)
    parent = document.get("extends", "")
    if isinstance(parent, str) and parent:
        if parent not in shipped_profiles():
            raise _unknown(parent)
        base_text, base = _read(_shipped(parent))
        hashed.update(f"\0{base_text}".encode())
        document = _merged(base, document)
    try:
        return LoadedProfile(Profile.model_validate(document), hashed.hexdigest())
    except ValidationError as error:
        raise _explained(error.errors(include_url=False, include_input=False), path.name, text) from None


def _shipped(name: str) -> Path:
    if name not in shipped_profiles():
        raise _unknown(name)
    return FOLDER / f"{name}.toml"


def _unknown(name: str) -> AbortRun:
    return AbortRun("portal_profile_unknown", given=_shown(name), known=", ".join(shipped_profiles()))


def _read(path: Path) -> tuple[str, dict[str, object]]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise AbortRun("portal_profile_too_large", file=path.name, limit=LARGEST_FILE)
        text = path.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text)
    except OSError as error:
        raise AbortRun("portal_profile_unreadable", file=path.name, why=error.strerror or "?") from None
    except UnicodeDecodeError:
        raise AbortRun("portal_profile_encoding", file=path.name) from None
    except (ValueError, RecursionError) as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place else 0
        raise AbortRun("portal_profile_syntax", file=path.name, line=line, why=_shown(str(error))) from None


def _merged(base: dict[str, object], document: dict[str, object]) -> dict[str, object]:
    merged = {**base, **document}
    for key, value in document.items():
        inherited = base.get(key)
        if isinstance(value, dict) and isinstance(inherited, dict):
            merged[key] = {**inherited, **value}
    return merged


#: What pydantic calls an error, and our message for it; all other errors are values that do not fit.
_CODES = {"extra_forbidden": "portal_profile_key_unknown", "missing": "portal_profile_key_missing"}


def _explained(details: Sequence[ErrorDetails], name: str, text: str) -> AbortRun:
    # A list of tables seems too short where its only entry is wrong.
    real = [detail for detail in details if detail["type"] != "too_short"] or details
    placed = [(_line_of(detail["loc"], text), detail) for detail in real]
    # A misspelt key is missing under its right name as well; the misspelt one tells more.
    line, first = min(placed, key=lambda pair: (pair[1]["type"] == "missing", pair[0]))
    params: dict[str, str | int] = {
        "file": name,
        "line": line,
        "key": _shown(".".join(str(part) for part in first["loc"])) or "–",
        "more": len(real) - 1,
    }
    kind = str(first["type"])
    if kind.startswith("portal_profile_"):
        told = {key: _shown(str(value)) for key, value in first.get("ctx", {}).items()}
        return AbortRun(kind, **params, **told)
    if kind in _CODES:
        return AbortRun(_CODES[kind], **params)
    return AbortRun("portal_profile_value", **params, why=_shown(first["msg"]))


def _line_of(place: Sequence[int | str], text: str) -> int:
    """Return the line of a place like ("detail", 1, "path"); 0 if the file does not show it."""
    if not place:
        return 0
    table, *inner = place
    number = next((part for part in inner if isinstance(part, int)), 0)
    key = next((part for part in inner if isinstance(part, str)), "")
    head = re.compile(rf"\s*\[\[?\s*{re.escape(str(table))}\s*\]|\s*{re.escape(str(table))}\s*=")
    count, found = -1, 0
    for position, line in enumerate(text.split("\n"), start=1):
        if head.match(line):
            count += 1
            found = position if count == number else found
        elif count == number and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return position
    return found


def _shown(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[: LONGEST_SHOWN - 1]}…"
