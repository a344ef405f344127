"""Which addresses start a form: there only the first response is looked at, and no redirect is followed.

Confirmed for the portals that name their start links so are the paths with ``call`` and ``auth-call``; the
others are paths of form servers as links of municipal pages show them, and inferred.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

__all__ = ["starts_a_form"]

_STARTS: Final = re.compile(
    r"/(extension|externe-services)/(service/)?(auth-)?call/|/auth-call\b|/formcycle/form/|/intelliform/forms/|"
    r"/forms?/findform|/jfs/|/metaform/|/civ\.public/start|/lip/(form|action)/|/afm/(form|start)",
    re.IGNORECASE,
)


def starts_a_form(url: str, more: Collection[str] = ()) -> bool:
    """Tell whether an address starts a form; ``more`` are further parts of addresses in small letters."""
    return _STARTS.search(url) is not None or any(part in url.lower() for part in more)
