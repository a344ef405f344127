"""The version of this program."""

from __future__ import annotations

from importlib.metadata import version

__all__ = ["program_version"]


def program_version() -> str:
    """Return the version of this program."""
    return version("lueckenlos")
