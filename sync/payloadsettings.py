"""The table ``[payloads]`` of a region file: whether delivered files are kept, where, and how long."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PayloadSettings"]


class PayloadSettings(BaseModel):
    """The table ``[payloads]``; without it nothing is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    folder: str = Field(
        min_length=1, description="Folder of its own for the compressed files, meant from the region file on."
    )
    keep_days: int = Field(default=30, ge=1, le=3_650, description="Days after which a file is removed.")
    largest_mb: int = Field(
        default=1_024, ge=1, le=100_000, description="Larger files (megabytes) are not kept."
    )

    def beside(self, folder: Path) -> Self:
        """Return the settings with a folder that is meant from this one on made absolute."""
        try:
            wanted = Path(self.folder).expanduser()
        except RuntimeError:  # nobody has such a home folder
            wanted = Path(self.folder)
        return self.model_copy(update={"folder": str((folder / wanted).absolute())})
