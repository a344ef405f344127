"""Reading profiles: those that come with the program, and files of a region that may build on them.

A file that ``extends`` a shipped profile says only what differs: a list of tables replaces the inherited
one, of a single table each key replaces the inherited key. Errors name file, line and key.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connectors.errors import AbortRun
from connectors.portals.profile import Profile
from connectors.tomlplace import line_of, shown, syntax_line

__all__ = ["LoadedProfile", "is_file", "load_profile", "shipped_profiles"]

#: Raised whenever this package makes something else of the same pages with the same profile.
READER = "portals/1"
FOLDER = Path(__file__).parent / "profiles"
LARGEST_FILE = 1 << 20  # bytes


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
    return AbortRun("portal_profile_unknown", given=shown(name), known=", ".join(shipped_profiles()))


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
        why = shown(str(error))
        raise AbortRun("portal_profile_syntax", file=path.name, line=syntax_line(error), why=why) from None


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
    placed = [(line_of(detail["loc"], text), detail) for detail in real]
    # A misspelt key is missing under its right name as well; the misspelt one tells more.
    line, first = min(placed, key=lambda pair: (pair[1]["type"] == "missing", pair[0]))
    params: dict[str, str | int] = {
        "file": name,
        "line": line,
        "key": shown(".".join(str(part) for part in first["loc"])) or "–",
        "more": len(real) - 1,
    }
    kind = str(first["type"])
    if kind.startswith("portal_profile_"):
        told = {key: shown(str(value)) for key, value in first.get("ctx", {}).items()}
        return AbortRun(kind, **params, **told)
    if kind in _CODES:
        return AbortRun(_CODES[kind], **params)
    return AbortRun("portal_profile_value", **params, why=shown(first["msg"]))
