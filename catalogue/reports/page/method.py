"""The page that says in plain words how everything is found out, and on which data it rests."""

from __future__ import annotations

from sqlalchemy import Connection, select

from catalogue.causes import CAUSES
from catalogue.competence import RULES
from catalogue.priority import PARTS
from catalogue.priority_rules import packaged_priority_rules
from catalogue.reports.page.setting import Setting
from catalogue.signals_rules import SIGNALS
from catalogue.tables import reference_release
from catalogue.verdict import STATUSES

__all__ = ["method_page"]

#: The parts of the page: their place and the message that is their heading.
CONTENTS = (
    ("woher", "page.method_where"),
    ("definitionen", "page.definitions"),
    ("status", "column.status"),
    ("gruende", "page.method_reasons"),
    ("zustaendigkeit", "page.method_competence_title"),
    ("zuordnung", "page.method_matching_title"),
    ("signale", "page.method_signals_title"),
    ("prioritaet", "page.method_priority_title"),
    ("vergleiche", "page.method_peers_title"),
    ("links", "page.method_links_title"),
    ("bewegung", "page.method_movement_title"),
    ("daten", "page.method_data_title"),
    ("barrierefrei", "page.method_access_title"),
)


def method_page(setting: Setting, connection: Connection) -> tuple[str, str]:
    """Return the page with its name."""
    rules = packaged_priority_rules()
    query = select(
        reference_release.c.table_name.label("table"),
        reference_release.c.origin,
        reference_release.c.licence,
        reference_release.c.as_of,
        reference_release.c.rows,
    ).order_by(reference_release.c.table_name, reference_release.c.id)
    name = "methode.html"
    page = setting.page(
        "method.html",
        name,
        section="method",
        contents=[(place, setting.text(key)) for place, key in CONTENTS],
        statuses=STATUSES,
        rules=RULES,
        signals=SIGNALS,
        causes=CAUSES,
        weights=list(zip(PARTS, rules.bounds.weights, strict=True)),
        priority_rules=rules.name,
        releases=[dict(row) for row in connection.execute(query).mappings()],
    )
    return name, page
