"""The entry point: language first, then the command, then an honest exit code."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from cli import exits, logs
from cli.app import build
from cli.app_version import program_version
from cli.calling import PROGRAM, environment, program
from cli.ending import asked_to_end, end_now, listen
from cli.failures import failure_of
from cli.problems import UsageProblem
from cli.session import Session
from cli.texts import DEFAULT_LANGUAGE, LANGUAGES
from cli.zone import use_german_time

__all__ = ["main", "run"]

#: Options of the whole program; they may stand anywhere. Those of the first group take a value.
WITH_VALUE = ("--db", "--lang", "--log-format", "--log-file")
WITHOUT_VALUE = ("--verbose", "--version")
#: How bad an end is for the log, by exit code; any other is an error.
_LEVELS = {exits.INTERRUPTED: logging.INFO, exits.LOCKED: logging.WARNING}


def main() -> int:
    """Run the command line of this process."""
    listen(_say_at_last)
    use_german_time()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter the terminal lacks must not end the command
    code = _start_log(sys.argv[1:]) or run(sys.argv[1:])
    if code in {exits.INTERRUPTED, exits.TERMINATED}:
        # Threads that still wait for a server must not hold up who asked for the end.
        end_now(code)
    return code


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; everything that goes wrong ends in a clear line."""
    own, rest = _split(arguments)
    session = Session(DEFAULT_LANGUAGE, verbose="--verbose" in own)
    try:
        session = Session(_language(own), session.verbose)
        if "--version" in own:
            print(f"{PROGRAM} {program_version()}")  # noqa: T201
            return exits.OK
        result: Any = build().main(args=own + rest, prog_name=program(), standalone_mode=False, obj=session)
        sys.stdout.flush()
    except (BrokenPipeError, KeyboardInterrupt, SystemExit, Exception) as error:
        return _failed(error, session)
    if result == exits.PIPE:
        _forget_output()
    if result == exits.INTERRUPTED:  # typer makes this of Ctrl-C
        session.say(session.text("failure.interrupted"))
    return result if isinstance(result, int) else exits.OK


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the program's own options, wherever they stand, from those of the command."""
    own: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument in WITH_VALUE and waiting:
            own += [argument, waiting.pop(0)]
        elif argument in WITHOUT_VALUE or argument.startswith(tuple(f"{name}=" for name in WITH_VALUE)):
            own.append(argument)
        else:
            rest.append(argument)
    return own, rest


def _language(arguments: Sequence[str]) -> str:
    """Return the language: the option's, else the environment's, else German."""
    given = environment("LUECKENLOS_LANG")
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            given = arguments[place + 1]
        elif argument.startswith("--lang="):
            given = argument.removeprefix("--lang=")
    given = given.strip().lower()
    if given and given not in LANGUAGES:
        raise UsageProblem("language", given=given, known=", ".join(LANGUAGES))
    return given or DEFAULT_LANGUAGE


def _start_log(arguments: Sequence[str]) -> int:
    """Set up the log of this process. A file that cannot be written is said and ends nothing."""
    own, rest = _split(arguments)
    session = Session(DEFAULT_LANGUAGE, verbose="--verbose" in own)
    try:
        session = Session(_language(own), session.verbose)
        why = logs.set_up(own, rest)
    except UsageProblem as error:
        return _failed(error, session)
    if why:
        session.say(session.text("log.unwritable", why=session.text.system(why)))
    return exits.OK


def _failed(error: BaseException, session: Session) -> int:
    asked = asked_to_end()
    if asked is not None:
        if not isinstance(error, SystemExit | KeyboardInterrupt):
            # Whatever else went wrong while everything was being closed: it ends because it was asked to.
            logging.getLogger(__name__).warning("an error while ending", exc_info=error)
        _say_end(session, asked)
        return asked
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else exits.DEFECT
    if isinstance(error, BrokenPipeError):
        _forget_output()
        return exits.PIPE
    failure = failure_of(error, session.text)
    for line in failure.lines:
        session.say(line, _LEVELS.get(failure.code, logging.ERROR))
    if failure.code == exits.DEFECT and session.verbose:
        traceback.print_exception(error)
    return failure.code


def _say_end(session: Session, code: int) -> None:
    """Say that the command ends because it was asked to: the last line of its log."""
    if code == exits.INTERRUPTED:
        session.say(session.text("failure.interrupted"))
    else:
        session.say(session.text("failure.terminated"), logging.WARNING)


def _say_at_last(code: int) -> None:
    """Say it in place of a main thread that does nothing any more."""
    own, _ = _split(sys.argv[1:])
    language = DEFAULT_LANGUAGE
    with contextlib.suppress(UsageProblem):
        language = _language(own)
    with contextlib.suppress(OSError, ValueError):  # the error output is closed
        _say_end(Session(language), code)


def _forget_output() -> None:
    """Nobody reads the output any more: what Python still wants to write goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
