"""What ``health`` finds: one check each, and the limits by which it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from catalogue.reports.runs import Params

__all__ = ["HealthCheck", "Limits", "hours_since", "is_over"]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is worth a warning; 0 switches a limit off.

    ``hours`` is how old the last good sync and the last night may be, ``critical_hours`` from when on that is
    critical; ``run_hours`` how long a run may take, ``link_hours`` how old the last check of links may be,
    ``late_hours`` how long after its appointment a night may begin.
    ``unknown`` is how many cells may be unknown, ``free_megabytes`` how much space is wanted.
    """

    hours: float = 26.0
    critical_hours: float = 50.0
    run_hours: float = 6.0
    link_hours: float = 50.0
    late_hours: float = 2.0
    unknown: int = 0
    free_megabytes: int = 1_000


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that was looked at; docs/data-dictionary.md explains every field.

    ``code`` names a message of section ``health``, which is filled by ``params``; ``value`` is its figure in
    ``unit``. ``causes`` are further messages of section ``error`` with their parameters, each another reason.
    """

    check: str
    subject: str
    state: str
    code: str
    params: Params = field(default_factory=dict)
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    since: str = ""
    next_command: str = ""
    causes: tuple[tuple[str, Params], ...] = ()


def hours_since(written: str, now: datetime) -> float:
    """Return how many hours ago something was; nothing is in the future, whatever clocks say."""
    moment = datetime.fromisoformat(written)
    moment = moment if moment.tzinfo else moment.astimezone()
    return round(max(0.0, (now - moment).total_seconds() / 3600), 1)


def is_over(hours: float, limit: float) -> bool:
    """Tell whether something takes longer than a limit, if there is one."""
    return bool(limit) and hours > limit
