"""The schema: one table for every word of the glossary, and what a nightly run needs to be honest.

Conventions. Keys of the outside world (LeiKa key, OZG id, ARS, AGS, refs) are text. Moments are text in
ISO 8601 with UTC offset, as they sort and compare the same on SQLite and PostgreSQL. Rows of objects
that sources deliver are never deleted: ``vanished_run`` is the run in which a complete delivery lacked
the object for the first time, ``withdrawn_run`` the run that gave it up. ``fingerprint`` is a 64-bit
hash of the row's content; fetch time and order are no part of it.
"""

from __future__ import annotations

from catalogue.tables.common import metadata
from catalogue.tables.links import link_check, link_run, link_target
from catalogue.tables.offers import (
    match,
    offering,
    online_service,
    service_record,
    specialisation,
    statement,
    unit,
)
from catalogue.tables.reference import (
    area,
    competence,
    competence_rule,
    leika_service,
    leika_type,
    ozg_service,
    reference_release,
    youth_office,
)
from catalogue.tables.rulings import ruling
from catalogue.tables.sources import (
    issue,
    region_area,
    run,
    source,
    source_area,
    source_memory,
    source_run,
    source_theme,
)
from catalogue.tables.unattended import appointment, lock_holder, night, notice, payload
from catalogue.tables.verdicts import annotation, area_due, cell, cell_change, cell_past, edition

__all__ = [
    "annotation",
    "appointment",
    "area",
    "area_due",
    "cell",
    "cell_change",
    "cell_past",
    "competence",
    "competence_rule",
    "edition",
    "issue",
    "leika_service",
    "leika_type",
    "link_check",
    "link_run",
    "link_target",
    "lock_holder",
    "match",
    "metadata",
    "night",
    "notice",
    "offering",
    "online_service",
    "ozg_service",
    "payload",
    "reference_release",
    "region_area",
    "ruling",
    "run",
    "service_record",
    "source",
    "source_area",
    "source_memory",
    "source_run",
    "source_theme",
    "specialisation",
    "statement",
    "unit",
    "youth_office",
]
