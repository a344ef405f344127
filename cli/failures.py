"""Errors as clear lines and exit codes: what happened, where, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.errors import CatalogueError, ImportRejected, LineError, StoreError
from catalogue.keys import KeyFormatError
from cli import exits
from cli.help import metavar_of
from cli.problems import UsageProblem
from cli.texts import DEFAULT_LANGUAGE, Texts, printable
from connectors.errors import ConnectorError
from sync.lock import LockHeld, LockLost
from sync.region import RegionError, RegionFileError
from sync.run import UnknownSource

__all__ = ["Failure", "failure_of", "line_of_file", "region_line"]


@dataclass(frozen=True)
class Failure:
    """How a command that failed ends."""

    code: int
    lines: tuple[str, ...]


def failure_of(error: BaseException, text: Texts) -> Failure:
    """Return what to tell about an error. Nothing is raised here, whatever the error."""
    if isinstance(error, RegionFileError):
        return Failure(exits.USAGE, tuple(region_line(error, one, text) for one in error.errors))
    if isinstance(error, ImportRejected):
        return Failure(
            exits.USAGE, (_first(text.error(error.code, error.params), text), *_lines(error, text))
        )
    if isinstance(error, StoreError):
        code = exits.LOCKED if isinstance(error, LockLost) else exits.DATABASE
        return Failure(code, (_first(_database(error, text), text),))
    if isinstance(error, CatalogueError | ConnectorError):
        params = _with_words(error.code, error.params, text)
        return Failure(exits.USAGE, (_first(text.error(error.code, params), text),))
    if isinstance(error, LockHeld):
        return Failure(exits.LOCKED, (_first(_lock(error, text), text),))
    if isinstance(error, KeyboardInterrupt):
        return Failure(exits.INTERRUPTED, (text("failure.interrupted"),))
    if isinstance(error, OSError):
        path, why = printable(str(error.filename or "–")), error.strerror or type(error).__name__
        return Failure(exits.FAILED, (_first(text("failure.file", path=path, why=text.system(why)), text),))
    return _usage(error, text) or _defect(error, text)


def _first(message: str, text: Texts) -> str:
    return f"{text('failure.prefix')} {message}"


def region_line(whole: RegionFileError, one: RegionError, text: Texts) -> str:
    """Return one error of a region file as ``FILE:LINE: key: message``."""
    place = f"{whole.path}:{one.line}" if one.line else str(whole.path)
    message = text.error(one.code, {**one.params, "key": one.key})
    return ": ".join(part for part in (place, one.key, message) if part)


def _lines(error: ImportRejected, text: Texts) -> list[str]:
    return [line_of_file(one, text) for one in error.errors]


def line_of_file(one: LineError, text: Texts) -> str:
    """Return what is said about one line of a file; line 0 is the whole file."""
    message = text.error(one.code, one.params)
    if "place" in one.params:  # the cell of a spreadsheet
        message = f"{printable(str(one.params['place']))}: {message}"
    return f"{text('word.line')} {one.line}: {message}" if one.line else message


#: Errors that list codes people may also write as words, and the section of these words.
_WORDS = {"status_not_found": "status", "level_unknown": "level"}


def _with_words(code: str, params: Mapping[str, object], text: Texts) -> Mapping[str, object]:
    """Return an error's parameters, its list of possible codes with the words for them."""
    section = _WORDS.get(code)
    if section is None:
        return params
    known = []
    for one in str(params["known"]).split(", "):
        words = dict.fromkeys((text.word(section, one), one, Texts(DEFAULT_LANGUAGE).word(section, one)))
        first, *others = words
        known.append(f"{first} ({', '.join(others)})" if others else first)
    return {**params, "known": "; ".join(known)}


def _database(error: StoreError, text: Texts) -> str:
    message = text.error(error.code, error.params)
    if "start" not in error.params:
        return message
    who = {**error.params, "start": text.moment(str(error.params["start"]))}
    return f"{message} {text('failure.database_used_by', **who)}"


def _lock(error: LockHeld, text: Texts) -> str:
    if not error.pid:
        return text("failure.locked_by_unknown")
    return text("failure.locked", pid=error.pid, host=error.host, start=text.moment(error.started_at))


def _usage(error: BaseException, text: Texts) -> Failure | None:
    """Return the failure if the command line was used wrongly; typer's own errors go by their names."""
    if isinstance(error, UsageProblem):
        params = {**error.params}
        if str(params.get("option", "-")).isupper():  # an argument: in the reader's language, as in the help
            params["option"] = metavar_of(str(params["option"]).lower(), "", text)
        return Failure(exits.USAGE, (_first(text(f"usage.{error.code}", **params), text),))
    if isinstance(error, KeyFormatError):
        return Failure(exits.USAGE, (_first(text.error(error.code, {"value": error.shown}), text),))
    if isinstance(error, UnknownSource):
        params = {"given": error.source, "known": ", ".join(error.known) or "–"}
        return Failure(exits.USAGE, (_first(text.error("source_unknown", params), text),))
    if type(error).__name__ in _WITHOUT_COMMAND:
        return _without_command(error, text)
    message = _of_typer(error, text)
    return Failure(exits.USAGE, (_first(message, text),)) if message else None


#: What typer raises where the name of a command is missing, and for nothing else.
_WITHOUT_COMMAND = ("UsageError", "NoArgsIsHelpError")


def _without_command(error: Any, text: Texts) -> Failure:
    page = error.ctx.get_help().splitlines() if error.ctx is not None else []
    return Failure(exits.USAGE, (_first(text("usage.no_command"), text), "", *page))


def _of_typer(error: Any, text: Texts) -> str:
    names = {kind.__name__ for kind in type(error).__mro__}
    if "NoSuchOption" in names:
        near = ", ".join(error.possibilities or ())
        if near:
            return text("usage.option", given=error.option_name, near=near)
        return text("usage.option_unlike", given=error.option_name, command=_command_of(error))
    if "MissingParameter" in names:
        return text("usage.missing", name=_name_of(error, text), command=_command_of(error))
    if "BadOptionUsage" in names:
        return text("usage.option_value", option=error.option_name)
    if "BadParameter" in names:
        return text("usage.value", name=_name_of(error, text), why=error.message)
    if "UsageError" in names:  # pragma: no cover - all others have a name of their own above
        return text("usage.wrong", command=_command_of(error))
    return ""


def _name_of(error: Any, text: Texts) -> str:
    parameter = error.param
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return metavar_of(str(parameter.name), "_".join(_command_of(error).split()[1:]), text)


def _command_of(error: Any) -> str:
    return error.ctx.command_path if error.ctx is not None else "lueckenlos"


def _defect(error: BaseException, text: Texts) -> Failure:
    return Failure(exits.DEFECT, (_first(text("failure.defect", kind=type(error).__name__), text),))
