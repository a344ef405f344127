"""What a run did, as plain data for people, files and exit codes."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalogue.objects import Counts
from catalogue.staging import StageSummary

__all__ = ["EXIT_NONE", "EXIT_OK", "EXIT_SOME", "RunReport", "SourceOutcome"]

EXIT_OK = 0
EXIT_SOME = 3
EXIT_NONE = 4

Params = dict[str, str | int | float]


@dataclass
class SourceOutcome:
    """One source's part of a run. ``state`` is ok, unchanged, failed or held.

    ``message`` names a message of the catalogue (section ``error``) that says why it failed or was held, or
    what was remarkable about it. ``noted`` is written down beside ``params``: what later deliveries are
    measured by as long as this one is held. ``stands`` tells that an increment brought no news of a source
    that shows something all the same.
    """

    source: str
    state: str
    counts: Counts = field(default_factory=Counts)
    summary: StageSummary = field(default_factory=StageSummary)
    message: str = ""
    params: Params = field(default_factory=dict)
    noted: Params = field(default_factory=dict)
    accepted_by_hand: bool = False
    seconds: float = 0.0
    stands: bool = False

    @property
    def good(self) -> bool:
        """Tell whether the source is up to date after this run."""
        return self.state in {"ok", "unchanged"}

    @property
    def shows(self) -> bool:
        """Tell whether the source has anything that can be used, read anew or not."""
        counts = self.counts
        known = counts.new + counts.changed + counts.unchanged
        return self.stands or known > 0 or self.summary.read > self.summary.rejected


@dataclass
class RunReport:
    """A whole run: its number (0 for a dry run), its sources, and how many cells are new or changed."""

    run_id: int
    started_at: str
    finished_at: str
    dry_run: bool
    sources: list[SourceOutcome]
    cells_new: int
    cells_changed: int

    @property
    def state(self) -> str:
        """Return ok, partial or failed."""
        good = sum(outcome.good for outcome in self.sources)
        if good == len(self.sources):
            return "ok"
        return "partial" if good else "failed"

    @property
    def empty(self) -> bool:
        """Tell whether every source was read well, and none of them shows anything: that is no success."""
        return self.state == "ok" and not any(outcome.shows for outcome in self.sources)

    @property
    def exit_code(self) -> int:
        """Return the exit code that tells the truth about this run."""
        if self.empty:
            return EXIT_NONE
        return {"ok": EXIT_OK, "partial": EXIT_SOME, "failed": EXIT_NONE}[self.state]
