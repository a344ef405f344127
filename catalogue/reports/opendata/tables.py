"""All published tables in their order: what should be offered, what is offered, and the verdicts."""

from __future__ import annotations

from typing import Final

from catalogue.reports.opendata.columns import Table
from catalogue.reports.opendata.offer_tables import OFFER_TABLES
from catalogue.reports.opendata.reference_tables import REFERENCE_TABLES
from catalogue.reports.opendata.verdict_tables import VERDICT_TABLES

__all__ = ["TABLES"]

TABLES: Final[tuple[Table, ...]] = (*REFERENCE_TABLES, *OFFER_TABLES, *VERDICT_TABLES)
