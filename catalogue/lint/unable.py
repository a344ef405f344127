"""Why a check cannot be made of a delivery."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Unable"]


class Unable(StrEnum):
    """The reasons; a check that was not made has found nothing and says nothing."""

    NOT_KEPT = "not_kept"  # no connector keeps what it would have to look at
    NOT_WHOLE = "not_whole"  # the delivery is a part or a list of changes
    NO_REFERENCE = "no_reference"  # the catalogue lacks the table
    NONE_HAS = "none_has"  # no record of this source has the element; its kind may not carry it
    NEVER_READ = "never_read"  # the catalogue never had anything of the source
