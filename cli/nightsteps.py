"""The steps of a night that are commands of their own: how each is called, and what its end means."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Final

from cli import exits
from cli.children import Ended, environment_of, run_child
from cli.session import Session
from sync.night import StepOutcome
from sync.region import Region
from sync.schedulesettings import ScheduleSettings

__all__ = ["arguments_of", "command_steps", "target_of"]

#: What a command means by its exit code; any other says that it failed.
_STATES: Final = {exits.OK: "ok", exits.SOME: "partial"}


def arguments_of(step: str, settings: ScheduleSettings) -> list[str]:
    """Return the command for a step with its options; none for a step that is no command."""
    if step == "links":
        return ["links", "check", *_option("--settings", settings.links_settings)]
    if step == "report":
        return ["report", "--out", settings.report, *(["--workbooks"] if settings.report_workbooks else [])]
    if step == "export":
        return ["export", "--all", "--out", settings.export]
    if step == "publish":
        return [
            *("publish", "--out", settings.publish),
            *_option("--metadata", settings.publish_settings),
            *_option("--ckan", settings.publish_ckan),
            *_option("--ckan-token-env", settings.publish_ckan_token_env),
            *_option("--ckan-token-file", settings.publish_ckan_token_file),
        ]
    return []


def _option(name: str, value: str) -> list[str]:
    return [name, value] if value else []


def target_of(step: str, settings: ScheduleSettings) -> str:
    """Return the folder a step writes to; empty if it writes none."""
    return {"report": settings.report, "export": settings.export, "publish": settings.publish}.get(step, "")


def command_steps(session: Session, region: Region) -> Callable[[str, float], StepOutcome]:
    """Return what does such a step within so many seconds."""

    def do(step: str, seconds: float) -> StepOutcome:
        arguments = arguments_of(step, region.schedule)
        try:
            ended = run_child(arguments, environment_of(session), seconds, session.say)
        except OSError as error:  # no memory or no more processes just now
            ended = Ended(exits.FAILED, error.strerror or type(error).__name__)
        return _outcome(step, arguments, ended, region.schedule)

    return do


def _outcome(step: str, arguments: list[str], ended: Ended, settings: ScheduleSettings) -> StepOutcome:
    if ended.timed_out:
        return StepOutcome(step, "failed", "night_time_limit", {"hours": f"{settings.time_limit_hours:g}"})
    state = _STATES.get(ended.exit_code)
    if state == "ok":
        return StepOutcome(step, "ok")
    why = ended.said or "–"
    if state == "partial":
        return StepOutcome(step, "partial", "night_command_some", {"why": why})
    if ended.exit_code == exits.DEFECT:
        return StepOutcome(step, "failed", "night_command_defect", {"command": shlex.join(arguments)})
    params: dict[str, str | int] = {"exit_code": ended.exit_code, "why": why}
    if "--out" in why and (target := target_of(step, settings)):
        # The command speaks of its option; here a setting says where to write.
        return StepOutcome(step, "failed", "night_command_target", {**params, "key": step, "target": target})
    return StepOutcome(step, "failed", "night_command_failed", params)
