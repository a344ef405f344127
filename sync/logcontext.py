"""Events of a night for the log, and what every line of it belongs to: the run, the source, the step.

Context does not reach threads by itself: whoever starts one enters a context inside it, with all it has
to say.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

__all__ = ["EVENT_FIELDS", "log_context", "log_event", "said_by_context"]

#: The attribute of a record under which the fields of an event stand.
EVENT_FIELDS: Final = "event_fields"
Fields = Mapping[str, str | int]
_context: ContextVar[Fields] = ContextVar("log_context", default=MappingProxyType({}))
_log = logging.getLogger("lueckenlos")


@contextmanager
def log_context(*, run: int | None = None, source: str = "", job: str = "", step: str = "") -> Iterator[None]:
    """Say of all lines of the log written inside which run, source, job and step they belong to.

    What is None, 0 or empty leaves what an outer context said as it is. Leaving restores it.
    """
    given: dict[str, str | int | None] = {"run": run, "source": source, "job": job, "step": step}
    token = _context.set({**_context.get(), **{name: value for name, value in given.items() if value}})
    try:
        yield
    finally:
        _context.reset(token)


def said_by_context() -> Fields:
    """Return what the contexts say that are entered where this is called."""
    return _context.get()


def log_event(code: str, /, *, level: int = logging.INFO, **fields: str | int | float | bool | None) -> None:
    """Write one event into the log: its code, like ``source_done``, and what there is to say about it.

    Fields are figures, codes and names, never prose and never a secret; None says nothing.
    """
    said = {name: value for name, value in fields.items() if value is not None}
    _log.log(level, code, extra={EVENT_FIELDS: said})
