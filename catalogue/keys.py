"""Keys of the outside world as value types: LeiKa key, OZG id, ARS and AGS.

A value of these types is always well-formed; whether it exists is a question for the tables. All
of them are text: a number has lost its leading zeros or its last digits before it arrives here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FEDERATION", "Ags", "Ars", "KeyFormatError", "LeikaKey", "OzgId", "parse_area_key"]

#: The regional key of the Bund.
FEDERATION = "0" * 12

_LEIKA_PREFIX = "urn:de:fim:leika:leistung:"
_LEIKA = re.compile(r"[0-9]{14}")
_OZG = re.compile(r"1[0-9]{4}")
_DIGITS = re.compile(r"[0-9]+")
# Blanks of any kind, and the characters without width that copying from a page brings along.
_BLANKS = re.compile(r"[\s\u200b\u2060\ufeff]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+|[0-9]+[.,][0-9]{1,2}")
_NO_KEY = re.compile(r"nicht im leika|kein", re.IGNORECASE)
_LANDS_WITH_LEADING_ZERO = "123456789"
_ARS_PARTS = frozenset({2, 3, 5, 9})
_SHOWN = 60


class KeyFormatError(ValueError):
    """A value is not a well-formed key.

    ``code`` names the message in the message catalogue (section ``error``), ``value`` is what was
    delivered, unchanged.
    """

    def __init__(self, code: str, value: object) -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value

    @property
    def shown(self) -> str:
        """Return the value for a message: on one line, shortened."""
        text = _BLANKS.sub(" ", str(self.value)).strip()
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

    def __str__(self) -> str:
        return f"{self.code} ({self.shown!r})"


@dataclass(frozen=True, slots=True, order=True)
class LeikaKey:
    """A LeiKa key: 14 digits, ``99 GGG KKK VVV DDD``.

    99 is the federal catalogue; keys of Länder and municipalities begin with other digits. GGG is
    the group, KKK the object, VVV the act and DDD the detail.
    """

    value: str

    def __post_init__(self) -> None:
        if not _LEIKA.fullmatch(self.value):
            raise KeyFormatError("leika_key_format", self.value)

    @classmethod
    def parse(cls, raw: object) -> LeikaKey:
        """Read a key as written by people, spreadsheets and feeds.

        Blanks, dots and the URN prefix of FIM are taken away. Numbers are refused, also as text:
        "9,91E+13" has lost its last digits and cannot be repaired.
        """
        text = _text(raw, "leika_key_number")
        compact = _BLANKS.sub("", text)
        if compact.lower().startswith(_LEIKA_PREFIX):
            compact = compact[len(_LEIKA_PREFIX) :]
        if _NUMBER.fullmatch(compact):
            raise KeyFormatError("leika_key_number", raw)
        digits = compact.replace(".", "")
        if not _LEIKA.fullmatch(digits):
            raise KeyFormatError("leika_key_format", raw)
        return cls(digits)

    @classmethod
    def parse_optional(cls, raw: object) -> LeikaKey | None:
        """Read a key, or None where the source says that there is none."""
        if raw is None:
            return None
        if isinstance(raw, str):
            text = _BLANKS.sub(" ", raw).strip()
            if not text or _NO_KEY.match(text):
                return None
        return cls.parse(raw)

    @property
    def is_federal(self) -> bool:
        """Tell whether this is a key of the federal catalogue (99…)."""
        return self.value.startswith("99")

    @property
    def group(self) -> str:
        """Return the three digits of the group (Leistungsgruppierung)."""
        return self.value[2:5]

    @property
    def level(self) -> str:
        """Return ``lo`` (object), ``lov`` (with act) or ``lovd`` (with act and detail)."""
        if self.value[11:] != "000":
            return "lovd"
        return "lov" if self.value[8:11] != "000" else "lo"

    @property
    def object_key(self) -> LeikaKey:
        """Return the key of the object alone; it need not exist in the catalogue."""
        return LeikaKey(self.value[:8] + "000000")

    @property
    def act_key(self) -> LeikaKey:
        """Return the key of the object with its act; it need not exist in the catalogue."""
        return LeikaKey(self.value[:11] + "000")

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class OzgId:
    """The id of an OZG service: five digits, the first of them 1."""

    value: str

    def __post_init__(self) -> None:
        if not _OZG.fullmatch(self.value):
            raise KeyFormatError("ozg_id_format", self.value)

    @classmethod
    def parse(cls, raw: object) -> OzgId:
        """Read an id; whole numbers are fine, as some interfaces deliver them so."""
        if isinstance(raw, int) and not isinstance(raw, bool):
            text = str(raw) if 0 <= raw <= 99_999 else ""
        else:
            text = _text(raw, "ozg_id_number").strip()
        if _NUMBER.fullmatch(text):
            raise KeyFormatError("ozg_id_number", raw)
        if not _OZG.fullmatch(text):
            raise KeyFormatError("ozg_id_format", raw)
        return cls(text)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Ags:
    """A municipality key (Amtlicher Gemeindeschlüssel): eight digits, ``LL R KK GGG``.

    It lacks the Verband, so that only a table leads from it to the regional key.
    """

    value: str

    def __post_init__(self) -> None:
        if not (_DIGITS.fullmatch(self.value) and len(self.value) == 8):
            raise KeyFormatError("ags_format", self.value)

    @classmethod
    def parse(cls, raw: object) -> Ags:
        """Read a municipality key; seven digits have lost the zero of Länder 01 to 09."""
        digits = _BLANKS.sub("", _text(raw, "area_key_number"))
        if len(digits) == 7 and digits[0] in _LANDS_WITH_LEADING_ZERO:
            digits = "0" + digits
        if not (_DIGITS.fullmatch(digits) and len(digits) == 8):
            raise KeyFormatError("ags_format", raw)
        return cls(digits)

    @property
    def land(self) -> str:
        """Return the two digits of the Land."""
        return self.value[:2]

    def to_ars(self, table: Mapping[str, str]) -> Ars:
        """Return the regional key that ``table`` (AGS to ARS) has for this key."""
        found = table.get(self.value)
        if found is None:
            raise KeyFormatError("ags_unknown", self.value)
        return Ars(found)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Ars:
    """A regional key (Amtlicher Regionalschlüssel): twelve digits, ``LL R KK VVVV GGG``.

    The key does not tell its level: a kreisfreie Stadt has the same one as its Kreis.
    """

    value: str

    def __post_init__(self) -> None:
        if not (_DIGITS.fullmatch(self.value) and len(self.value) == 12):
            raise KeyFormatError("ars_format", self.value)

    @classmethod
    def parse(cls, raw: object) -> Ars:
        """Read a regional key of 2, 3, 5, 9 or 12 digits; 11 have lost the zero of Länder 01 to 09.

        Short keys are filled with zeros on the right. Anything else is an error, never a guess.
        """
        digits = _BLANKS.sub("", _text(raw, "area_key_number"))
        if not _DIGITS.fullmatch(digits):
            raise KeyFormatError("ars_format", raw)
        if len(digits) in _ARS_PARTS:
            # "00000" is somebody's way to say "unknown" more often than it is the Bund.
            if not digits.strip("0"):
                raise KeyFormatError("ars_format", raw)
            digits = digits.ljust(12, "0")
        elif len(digits) == 11 and digits[0] in _LANDS_WITH_LEADING_ZERO:
            digits = "0" + digits
        if len(digits) != 12:
            code = "ars_is_ags" if len(digits) == 8 else "ars_format"
            raise KeyFormatError(code, raw)
        return cls(digits)

    @property
    def land(self) -> str:
        """Return the two digits of the Land; ``00`` is the Bund."""
        return self.value[:2]

    @property
    def ags(self) -> Ags:
        """Return the municipality key; meaningful for every level but the Verband."""
        return Ags(self.value[:5] + self.value[9:])

    def __str__(self) -> str:
        return self.value


def parse_area_key(raw: object) -> Ars | Ags:
    """Read a key of an area, whichever of the two kinds it is."""
    digits = _BLANKS.sub("", _text(raw, "area_key_number"))
    return Ags.parse(raw) if len(digits) in {7, 8} else Ars.parse(raw)


def _text(raw: object, code: str) -> str:
    if isinstance(raw, str):
        return raw
    raise KeyFormatError(code, raw)
