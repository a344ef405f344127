"""Errors of connectors, named by what happens next.

::

    ConnectorError              code and parameters, rendered by the message catalogue
    ├── RetryLater              the source may recover: its last good state stays, marked failed
    ├── SkipRecord              one record is unusable: counted, kept with its reason, reading goes on
    ├── RejectDelivery          the delivery is unusable: refused, the last good state stays
    └── AbortRun                configuration is wrong: nothing is touched

A connector raises one of these and decides nothing else: how often to try again, what to keep and
what to tell whom is up to the caller.
"""

from __future__ import annotations

__all__ = [
    "AbortRun",
    "ConnectorError",
    "RejectDelivery",
    "RetryLater",
    "SkipRecord",
]


class ConnectorError(Exception):
    """Base of all errors a connector may raise.

    ``code`` names the message in the message catalogue (section ``error``), ``params`` fill it.
    Parameters never hold secrets or personal data.
    """

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, str | int | float] = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({details})" if details else self.code

    def __reduce__(self) -> tuple[object, tuple[type[ConnectorError], str, dict[str, str | int | float]]]:
        return _rebuild, (type(self), self.code, self.params)


def _rebuild(kind: type[ConnectorError], code: str, params: dict[str, str | int | float]) -> ConnectorError:
    return kind(code, **params)


class RetryLater(ConnectorError):
    """The source did not answer properly and may recover.

    The parameter ``retry_after`` (seconds), where given, is what the server asked for.
    """


class SkipRecord(ConnectorError):
    """One record cannot be used; reading goes on."""


class RejectDelivery(ConnectorError):
    """The delivery cannot be used as a whole; the last good state stays."""


class AbortRun(ConnectorError):
    """The configuration is wrong; nothing may be touched."""
