"""Folders that nights write to: whether they could be written, without touching any of them.

What a folder may hold is asked of those who write it. Whether it can be written is what the system says of
this account: a disk may be full all the same, and rights may change until the night.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalogue.errors import NotFound
from catalogue.reports.page.folder import require_replaceable
from cli.nightsteps import target_of
from cli.problems import UsageProblem
from cli.publish_folder import PublicationFolder
from cli.session import Session
from cli.texts import printable
from sync.schedulesettings import ScheduleSettings

__all__ = ["Unusable", "say_unusable", "unusable_targets"]


@dataclass(frozen=True)
class Unusable:
    """A step whose folder cannot be used; ``code`` is a message of section ``error``."""

    step: str
    code: str
    params: Mapping[str, str]


class _NoFolder(Exception):
    """There is something at this path, and it is no folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class _Mounted(Exception):
    """A folder that is to be replaced as a whole is where a disk begins."""


class _Unwritable(Exception):
    """Nothing can be made in this folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder


def unusable_targets(steps: Iterable[str], settings: ScheduleSettings) -> list[Unusable]:
    """Return the steps whose folders cannot be used. A folder that is missing and can be made is well."""
    targets = {step: Path(target) for step in steps if (target := target_of(step, settings))}
    found = {step: one for step, target in targets.items() if (one := _trouble(step, target)) is not None}
    for inner, outer in _replaced(targets):
        params = {"folder": str(targets[inner]), "other": str(targets[outer]), "key": inner, "outer": outer}
        found.setdefault(inner, Unusable(inner, "night_target_replaced", params))
    return [found[step] for step in targets if step in found]


def say_unusable(session: Session, found: Iterable[Unusable], level: int) -> None:
    """Say of each step why its folder cannot be used, and what to do."""
    for one in found:
        step = session.text.word("night_step", one.step)
        said = session.text.error(one.code, one.params)
        session.say(printable(session.text("night.target", step=step, said=said)), level)


def _trouble(step: str, target: Path) -> Unusable | None:
    try:
        _CHECKS[step](target)
    except (NotFound, UsageProblem) as error:
        code = "night_target_is_file" if error.code.endswith("_is_file") else "night_target_foreign"
        return Unusable(step, code, {"folder": str(target), "key": step})
    except _Mounted:
        return Unusable(step, "night_target_mount", {"folder": str(target), "key": step})
    except _NoFolder as error:
        return Unusable(step, "night_target_is_file", {"folder": str(error.path), "key": step})
    except _Unwritable as error:
        return Unusable(step, "night_target_unwritable", {"folder": str(error.folder), "key": step})
    except (OSError, RuntimeError):  # not even to be looked at; RuntimeError: links that go round in circles
        return Unusable(step, "night_target_unwritable", {"folder": str(target), "key": step})
    return None


def _check_report(target: Path) -> None:
    require_replaceable(target)
    _require_swappable(target)


def _check_export(target: Path) -> None:
    _require_writable(target)


def _check_publish(target: Path) -> None:
    folder = PublicationFolder(target)
    folder.require_ours()
    _require_swappable(folder.path)


_CHECKS: Final[Mapping[str, Callable[[Path], None]]] = {
    "report": _check_report,
    "export": _check_export,
    "publish": _check_publish,
}
#: Steps that put a new folder in the place of the old one with all that is in it.
_REPLACING: Final = ("report", "publish")


def _require_swappable(folder: Path) -> None:
    """Raise _Mounted, _NoFolder or _Unwritable unless another folder can be put in the place of this one."""
    if folder.is_mount():
        raise _Mounted
    _require_writable(folder.parent)


def _require_writable(folder: Path) -> None:
    """Raise _NoFolder or _Unwritable unless a folder can be written, or made where it is missing."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise _NoFolder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _Unwritable(folder)


def _replaced(targets: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Yield each step whose folder is, or lies in, one that another step replaces, with that step."""
    places = {step: Path(os.path.realpath(target)) for step, target in targets.items()}
    for outer in _REPLACING:
        for inner, place in places.items():
            if outer in places and inner != outer and place.is_relative_to(places[outer]):
                yield inner, outer
