"""What follows when reference tables changed: counts for people, and cells computed again."""

from __future__ import annotations

from catalogue.reference import ImportResult
from catalogue.store import Store
from cli.session import Session
from cli.texts import Texts
from sync.lock import LockHeld
from sync.run import refresh

__all__ = ["compute_cells", "counts_line"]


def compute_cells(session: Session, store: Store) -> None:
    """Compute the cells that newer tables make due, unless a sync runs, which will do it."""
    text = session.text
    try:
        done = refresh(store)
    except LockHeld:
        session.say(text("reference.later"))
        return
    session.say(text("view.cells_moved", new=text.number(done.new), changed=text.number(done.changed)))


def counts_line(done: ImportResult, text: Texts) -> str:
    """Return what an import did in one line."""
    counts = {
        name: text.number(getattr(done, name))
        for name in ("new", "changed", "unchanged", "removed", "unknown")
    }
    return text("reference.imported", table=text.word("reference_table", done.table), **counts)
