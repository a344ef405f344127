"""What became of a night: its steps, and what they say to whoever has to know in the morning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sync.report import RunReport

__all__ = ["NightReport", "StepOutcome", "StepState"]

#: Only a step that is not done yet waits; the report of a night has none such.
StepState = Literal["ok", "partial", "failed", "skipped", "waiting"]


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One step of a night: sync, links, report, export, publish or notify.

    ``code`` is a message code, empty if there is nothing to say; ``seconds`` come from the monotonic clock.
    """

    step: str
    state: StepState
    code: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class NightReport:
    """A whole night. ``due_at`` is the local moment it was meant for, ``sync`` None if there was none."""

    job: str
    due_at: str
    started_at: str
    finished_at: str
    sync: RunReport | None
    steps: tuple[StepOutcome, ...]

    @property
    def state(self) -> StepState:
        """Return what the night was worth; ``ok`` if there was nothing to do.

        Without any source up to date it failed, whatever else was written of what was known before.
        """
        states = {one.state for one in self.steps}
        if states <= {"ok", "skipped"}:
            return "ok"
        if any(one.step == "sync" and one.state == "failed" for one in self.steps):
            return "failed"
        return "failed" if states <= {"failed", "skipped"} else "partial"
