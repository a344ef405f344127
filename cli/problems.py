"""Wrong use of the command line, named by a code of the message catalogue (section ``usage``)."""

from __future__ import annotations

__all__ = ["UsageProblem"]


class UsageProblem(Exception):
    """The command was called in a way that cannot be meant; ``code`` and ``params`` say why."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, str | int] = params
