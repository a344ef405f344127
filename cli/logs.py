"""The log: one line for each event, as JSON or as text, on the error output or in a file.

Everything goes through the logging of the standard library, the program's own events as well as what
libraries say, and through one formatter. A line that cannot be written is lost; it never ends a command.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Final, TextIO

from cli.calling import environment
from cli.problems import UsageProblem
from cli.redaction import Redactor, secrets_of_environment
from sync.logcontext import EVENT_FIELDS, said_by_context

__all__ = [
    "FORMATS",
    "LOG_CONTEXT",
    "LOG_FILE",
    "LOG_FORMAT",
    "UNATTENDED",
    "for_children",
    "hide",
    "message_of",
    "said_in_log",
    "set_up",
]

LOG_FORMAT: Final = "LUECKENLOS_LOG_FORMAT"
LOG_FILE: Final = "LUECKENLOS_LOG_FILE"
#: What the lines of a child belong to; for processes that this program starts, not for people.
LOG_CONTEXT: Final = "LUECKENLOS_LOG_CONTEXT"
FORMATS: Final = ("text", "json")
#: Commands that nobody watches; they write a log without being asked.
UNATTENDED: Final = frozenset({"nightly", "schedule"})
#: What a line belongs to.
_CONTEXT: Final = ("run", "job", "step", "source")
#: What a line begins with, in this order; the rest follows by name.
_FIRST: Final = ("timestamp", "level", "logger", "event", "message", *_CONTEXT)

_OF_EVERY_LINE: Final = frozenset({"timestamp", "level", "logger", "event", "exception", "_record"})

_redactor = Redactor()
#: What options and environment said of the log, as the environment of a child says it.
_handed_on: dict[str, str] = {}
#: What every line of this process belongs to, as whoever started it said.
_inherited: dict[str, str | int] = {}
Event = MutableMapping[str, Any]


def hide(secrets: Iterable[str]) -> None:
    """Keep these texts out of the log of this process from now on."""
    _redactor.hide(secrets)


def set_up(own: Sequence[str], rest: Sequence[str]) -> str:
    """Set up the log as options and environment say; return why its file cannot be written, if so.

    ``own`` are the program's own options, ``rest`` the command with its own. Raise UsageProblem.
    """
    logging.captureWarnings(True)
    wanted = _chosen(own, "--log-format") or environment(LOG_FORMAT).lower()
    file = _chosen(own, "--log-file") or environment(LOG_FILE)
    if wanted and wanted not in FORMATS:
        raise UsageProblem("log_format", given=wanted[:60], known=", ".join(FORMATS))
    unattended = bool(rest) and rest[0] in UNATTENDED
    if unattended and not (wanted or file) and sys.stderr.isatty():
        wanted = "text"
    _keep({LOG_FORMAT: wanted, LOG_FILE: file})
    if not (wanted or file or unattended or "--verbose" in own):
        logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()], force=True)
        return ""
    if not wanted:
        wanted = "json" if unattended or file else "text"
    hide(secrets_of_environment())
    handler, why = _handler(file, wanted)
    handler.setFormatter(_formatter(wanted))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it introduces itself in every command
    return why


def _keep(given: Mapping[str, str]) -> None:
    """Keep what this process was told about its log."""
    _handed_on.clear()
    _handed_on.update({name: value for name, value in given.items() if value})
    _inherited.clear()
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(environment(LOG_CONTEXT))
        for name in _CONTEXT if isinstance(found, dict) else ():
            if isinstance(found.get(name), str | int):
                _inherited[name] = found[name]


def for_children() -> dict[str, str]:
    """Return variables for the environment of a child that make its log part of this one."""
    belongs = {**_inherited, **said_by_context()}
    return {**_handed_on, **({LOG_CONTEXT: json.dumps(belongs)} if belongs else {})}


def said_in_log(line: str, level: int = logging.INFO) -> bool:
    """Take a line for people into the log if that is JSON on the error output; tell whether it did.

    Whoever reads JSON there reads nothing else. What a child of this program logged goes through as it is.
    A log in a file is told of trouble too, beside the people who read the error output.
    """
    handlers = logging.getLogger().handlers
    is_read_there = any(isinstance(one, _StreamOfJson) for one in handlers)
    event = _event_of(line) if is_read_there else None
    if event is not None:
        # What a child does not know of itself is said by whoever waits for it.
        said = line if said_by_context().keys() <= event.keys() else _with_context(event)
        print(said, file=sys.stderr, flush=True)  # noqa: T201
    elif is_read_there or (level > logging.INFO and any(isinstance(one, _File) for one in handlers)):
        logging.getLogger("lueckenlos").log(level, "%s", line)
    return is_read_there


def message_of(line: str) -> str:
    """Return what a line of output tells people: its message if it is one of a log, else the line itself."""
    event = _event_of(line)
    return line if event is None else str(event.get("message") or event.get("event") or line)


def _event_of(line: str) -> dict[str, object] | None:
    """Return what a child of this program logged; None if the line is nothing of the kind."""
    if not line.startswith('{"timestamp"'):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _with_context(event: dict[str, object]) -> str:
    return json.dumps(_in_order(None, "", {**said_by_context(), **event}), ensure_ascii=False)


def _chosen(own: Sequence[str], option: str) -> str:
    """Return the value an option has last; empty if it is not given."""
    value = ""
    for place, argument in enumerate(own):
        if argument == option and place + 1 < len(own):
            value = own[place + 1]
        elif argument.startswith(f"{option}="):
            value = argument.partition("=")[2]
    return value.strip()


class _Lenient:
    """What a handler does about a line it cannot write: nothing but tell it once."""

    told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the library's name
        """Say once that lines are lost; whoever wrote them goes on."""
        if self.told:
            return
        self.told = True
        error = sys.exc_info()[1]
        why = getattr(error, "strerror", None) or type(error).__name__
        try:
            sys.stderr.write(f"lueckenlos: log: {why}\n")
        except (OSError, ValueError):
            return


class _File(_Lenient, WatchedFileHandler):
    """Appends to a file that others may move away or empty meanwhile."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Let go of what could not be written, else it would pile up; the next line tries anew."""
        super().handleError(record)
        stream: TextIO | None = self.stream
        self.stream = None  # as the library does when it closes a file
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()


class _Stream(_Lenient, logging.StreamHandler):  # type: ignore[type-arg] # generic for checkers only
    """Writes to the error output of this moment."""


class _StreamOfJson(_Stream):
    """Writes JSON to the error output, where nothing else may stand then."""


def _handler(file: str, wanted: str) -> tuple[logging.Handler, str]:
    if not file:
        return _StreamOfJson() if wanted == "json" else _Stream(), ""
    try:
        path = Path(file).expanduser()
        return _File(path, encoding="utf-8", errors="replace"), ""
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return _Stream(), why


def _formatter(wanted: str) -> logging.Formatter:
    # Most commands write no log and need not wait for the library.
    from structlog import processors, stdlib

    last = processors.JSONRenderer(ensure_ascii=False) if wanted == "json" else _as_text
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            stdlib.add_log_level,
            stdlib.add_logger_name,
            processors.TimeStamper(fmt="iso", utc=True),
            _own_fields,
            processors.format_exc_info,
        ],
        processors=[stdlib.ProcessorFormatter.remove_processors_meta, _redacted, _in_order, last],
    )


def _own_fields(_logger: object, _method: str, event: Event) -> Event:
    """Give the program's own events their fields; of others the text is the message."""
    event.update({**_inherited, **said_by_context()})
    record = event.get("_record")
    fields = getattr(record, EVENT_FIELDS, None)
    if isinstance(fields, Mapping):
        event.update({name: value for name, value in fields.items() if name not in _OF_EVERY_LINE})
    else:
        event["message"] = event["event"]
        event["event"] = "message"
    return event


def _redacted(_logger: object, _method: str, event: Event) -> Event:
    return {str(name): _redactor.value(value, str(name)) for name, value in event.items()}


def _in_order(_logger: object, _method: str, event: Event) -> Event:
    first = {name: event[name] for name in _FIRST if name in event}
    return {**first, **{name: event[name] for name in sorted(event) if name not in first}}


def _as_text(_logger: object, _method: str, event: Event) -> str:
    """Return a line for people: moment, level and event, then what belongs to it."""
    trace = event.pop("exception", "")
    begin = [str(event.pop(name, "")) for name in ("timestamp", "level")]
    said = event.pop("message", "")
    name = event.pop("event", "")
    begin.append(str(said or name))
    fields = [f"{key}={_quoted(value)}" for key, value in event.items()]
    line = " ".join([*begin, *fields]).replace("\r", " ").replace("\n", " ")
    return f"{line}\n{trace}" if trace else line


def _quoted(value: object) -> str:
    shown = str(value)
    return shown if shown and not set(shown) & set(' "=\n') else repr(shown)
