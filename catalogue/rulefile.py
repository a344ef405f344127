"""Reading files of rules: TOML that comes with the program or that a region writes for itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from catalogue.errors import NotFound

__all__ = ["MOST_BYTES", "read_rule_file"]

MOST_BYTES: Final = 256 << 10
_Rules = TypeVar("_Rules", bound=BaseModel)


def read_rule_file(path: Path, model: type[_Rules], manual: str) -> _Rules:
    """Return the rules of a file of at most ``MOST_BYTES``; ``manual`` is the page that explains them.

    Raise NotFound if it cannot be read, or with line and key for the first thing that is impossible.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise NotFound("rules_unreadable", file=str(path), why=error.strerror or "") from None
    if len(content) > MOST_BYTES:
        raise NotFound("rules_too_large", file=str(path), limit=MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotFound("rules_syntax", file=str(path), why=str(error)) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        keys = [str(part) for part in first["loc"]]
        line = _line_of(keys, text)
        raise NotFound(
            "rules_value", file=str(path), line=line, key=".".join(keys), why=first["msg"], manual=manual
        ) from None


def _line_of(keys: list[str], text: str) -> int:
    """Return the line of the innermost key that the text shows; 1 if it shows none."""
    for key in reversed(keys):
        name = rf"[\"']?{re.escape(key)}[\"']?"
        found = re.search(
            rf"^[ \t]*(?:{name}[ \t]*=|\[\[?[ \t]*(?:[^\]\n]*\.)?{name}[ \t]*\])", text, re.MULTILINE
        )
        if found:
            return text.count("\n", 0, found.start()) + 1
    return 1
