"""Secrets that a region file only points at: in the environment, or in a file of their own.

They are read when they are needed and kept nowhere. No error here holds any part of one.
"""

from __future__ import annotations

import os
from pathlib import Path

from connectors.errors import AbortRun

__all__ = ["VARIABLE_NAME", "read_secret"]

#: How the name of an environment variable may look; a pattern for settings.
VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,99}$"
LONGEST_SECRET = 16_384  # characters


def read_secret(setting: str, *, variable: str = "", file: str = "") -> str:
    """Return the text of an environment variable or file, without white space around it.

    ``setting`` is the setting that names it, for messages. Empty if neither is named. Raise AbortRun if it
    is not there or cannot be one.
    """
    if variable:
        secret = os.environ.get(variable, "").strip()
        if not secret:
            raise AbortRun("secret_not_set", setting=setting, variable=variable)
        return _checked(secret, setting)
    return _checked(_read(file, setting), setting) if file else ""


def _read(file: str, setting: str) -> str:
    try:
        with Path(file).expanduser().open("rb") as stream:
            return stream.read(LONGEST_SECRET + 1).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        # The codec's own message shows a byte of it.
        raise AbortRun("secret_unusable", setting=setting) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise AbortRun("secret_unreadable", setting=setting, file=file, reason=reason) from None


def _checked(secret: str, setting: str) -> str:
    """Refuse what would break a header, is empty or is no secret but some other file."""
    if not secret or len(secret) > LONGEST_SECRET or not secret.isprintable():
        raise AbortRun("secret_unusable", setting=setting)
    return secret
