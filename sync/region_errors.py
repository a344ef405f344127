"""Where something is wrong in a region file, and in whose words: lines, keys, message codes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from catalogue.messages import has_text

__all__ = ["Lines", "RegionError", "control_characters", "explain", "shown", "unknown_key"]

LONGEST_SHOWN = 60  # characters of whatever the file says, repeated in an error


@dataclass(frozen=True)
class RegionError:
    """One error: the line (0 if it belongs to the whole file), the key, a message code, parameters."""

    line: int
    key: str
    code: str
    params: dict[str, str | int]


class Lines:
    """Where in the file a key stands; TOML readers do not tell."""

    _TABLE = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(?:#.*)?$")
    _KEY = re.compile(r"^\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        place = ""
        counts: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), start=1):
            if table := self._TABLE.match(line):
                place = table.group(1)
                if line.lstrip().startswith("[["):
                    self._lines.setdefault(place, number)
                    counts[place] = counts.get(place, -1) + 1
                    place = f"{place}.{counts[place]}"
                elif place.startswith("source.") and "source" in counts:
                    place = place.replace("source.", f"source.{counts['source']}.", 1)
                self._lines.setdefault(place, number)
            elif key := self._KEY.match(line):
                self._lines.setdefault(f"{place}.{key.group(1)}" if place else key.group(1), number)

    def of(self, place: str) -> int:
        """Return the line of a place like ``source.0.location``; 0 if it is not in the file."""
        return self._lines.get(place, 0)


def control_characters(document: dict[str, object], lines: Lines) -> Iterator[RegionError]:
    """Find texts with characters that are no text; not every database can keep them."""
    waiting: list[tuple[str, object]] = list(document.items())
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{place}.{key}", inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{place}.{number}", inner) for number, inner in enumerate(value))
        elif isinstance(value, str) and _CONTROL.search(value):
            line = lines.of(place) or lines.of(place.rpartition(".")[0])
            yield RegionError(line, shown(_TABLE_PLACE.sub("", place)), "region_control_character", {})


_TABLE_PLACE = re.compile(r"^(?:region|source\.[0-9]+)\.")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def shown(text: str) -> str:
    """Return what the file says as part of one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[: LONGEST_SHOWN - 1]}…"


def unknown_key(line: int, key: str, known: Sequence[str]) -> RegionError:
    """Return the error of a key that means nothing, with the one that was probably meant."""
    key = shown(key)
    near = difflib.get_close_matches(key.rpartition(".")[2], known, n=1, cutoff=0.6)
    if near:
        return RegionError(line, key, "region_unknown_key_near", {"near": near[0]})
    return RegionError(line, key, "region_unknown_key", {"known": ", ".join(known)})


def explain(
    error: ValidationError, place: str, lines: Lines, known: Sequence[str], inside: Sequence[str] = ()
) -> list[RegionError]:
    """Return what is wrong with one table in our words.

    ``known`` are the keys that the table may have, ``inside`` those of tables in its lists.
    """
    explained = []
    details = error.errors(include_url=False, include_input=False)
    for detail in details:
        parts = [str(part) for part in detail["loc"] if part != "[key]"]
        key = shown(".".join(parts))
        if detail["type"] == "too_short" and any(
            other["loc"][: len(parts)] == detail["loc"] and other is not detail for other in details
        ):
            continue  # it would hold enough if what it holds were right
        places = (".".join([place, *parts[:number]]) for number in range(len(parts), -1, -1))
        line = next(filter(None, map(lines.of, places)), 0)
        if detail["type"] == "extra_forbidden":
            explained.append(unknown_key(line, key, inside if inside and len(parts) > 1 else known))
        elif detail["type"] == "missing":
            explained.append(RegionError(line, key, "region_key_missing", {}))
        else:
            explained.append(_value_error(line, key, detail))
    return explained


#: What pydantic calls an error, and our message for it.
_VALUE_CODES = {
    "string_type": "region_value_text",
    "string_too_short": "region_value_empty",
    "too_short": "region_value_empty",
    "string_pattern_mismatch": "region_value_pattern",
    "int_type": "region_value_number",
    "int_parsing": "region_value_number",
    "int_from_float": "region_value_number",
    "float_type": "region_value_number",
    "float_parsing": "region_value_number",
    "bool_type": "region_value_bool",
    "bool_parsing": "region_value_bool",
    "tuple_type": "region_value_list",
    "model_type": "region_value_table",
    "model_attributes_type": "region_value_table",
    "dict_type": "region_value_table",
    "literal_error": "region_value_choice",
    "area_entry": "region_area_entry",
    "greater_than": "region_value_greater",
    "greater_than_equal": "region_value_least",
    "less_than_equal": "region_value_most",
}
#: The name under which pydantic tells a limit or the choices, and ours.
_CONTEXT = {"expected": "choices", "ge": "limit", "gt": "limit", "le": "limit", "pattern": "pattern"}


def _value_error(line: int, key: str, detail: ErrorDetails) -> RegionError:
    """Name an error of pydantic in our words; its own (English) words where there are none."""
    context = detail.get("ctx", {})
    code = _VALUE_CODES.get(detail["type"])
    if code is None:
        if has_text(f"error.{detail['type']}"):
            params = {name: str(value) for name, value in context.items()}
            return RegionError(line, key, detail["type"], {**params})
        why = detail["msg"].removeprefix("Value error, ")
        return RegionError(line, key, "region_value", {"why": why})
    params = {
        _CONTEXT[name]: str(value).replace(" or ", ", ")
        for name, value in context.items()
        if name in _CONTEXT
    }
    return RegionError(line, key, code, {**params})
