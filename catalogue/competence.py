"""Who has to offer a service: the answer for one area, with the rule it rests on.

The rules in the order of their weight; docs/zustaendigkeit.md explains them to officers:

=================  ====================================================================================
``regel``          a single rule whose evidence is named
``typ``            the LeiKa types of all keyed services of the bundle say: not municipal
``widerspruch``    they do, but the assessment names a municipal tier: unresolved
``einschaetzung``  the assessment of the Land; unresolved if its confidence is low
``allgemeinwissen``  a rule without evidence, where nothing better is known: unresolved, with its tier
``keine_tabelle``  nothing is known about this service in this Land: unresolved
=================  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from catalogue import tables
from catalogue.errors import NotFound
from catalogue.levels import MUNICIPAL_TIERS, lower_confidence
from catalogue.lookup import AreaIndex
from catalogue.standing import UNKNOWN_TIER, Standing, Standings, YouthOffice

__all__ = ["RULES", "Competence", "CompetenceTable"]

RULES = ("regel", "typ", "widerspruch", "einschaetzung", "allgemeinwissen", "keine_tabelle")

_MUNICIPAL_LEVELS = frozenset({"gemeinde", "gemeindeverband", "kreis"})
_MUNICIPAL_TIERS = frozenset(MUNICIPAL_TIERS)
#: Execution of a LeiKa type where it names one tier for certain.
_EXECUTING_TIERS = frozenset({"bund", "land"})


class Competence(NamedTuple):
    """Whether an area has to offer a service, who else has to, and how that is known."""

    verdict: str  # yes, no, unresolved
    tier: str  # empty: not known
    competent_area_id: int | None  # None: several areas, none of ours, or not known
    competent_level: str  # level of whoever is competent, or "sonstige"; empty: not known
    rule: str
    confidence: str
    voluntary: bool  # an area may lack the service legitimately
    basis: str  # legal basis or grounds, as the tables state them
    secondary_tier: str  # a part of the bundle lies there
    reason: str  # why unresolved or less certain (messages, section "competence"); may be empty


class Assessment(NamedTuple):
    """One row of the table ``competence``."""

    tier: str
    secondary_tier: str
    confidence: str
    voluntary: bool
    grounds: str


class Rule(NamedTuple):
    """One row of the table ``competence_rule``."""

    tier: str
    basis: str
    evidenced: bool


class Ruling(NamedTuple):
    """What the tables say about one service in one Land, for whatever area."""

    tier: str
    rule: str
    confidence: str
    voluntary: bool
    basis: str
    secondary_tier: str
    unresolved: str  # reason; empty: the tier holds


class CompetenceTable:
    """Answers for every (area, OZG service), from memory."""

    def __init__(
        self,
        areas: AreaIndex,
        youth_offices: Mapping[str, YouthOffice],
        assessments: Mapping[str, Mapping[str, Assessment]],
        rules: Mapping[str, Mapping[str, Rule]],
        not_municipal: Mapping[str, str],
    ) -> None:
        """Take the tables by Land and OZG id; ``not_municipal`` is OZG id to executing tier."""
        self._areas = areas
        self._standings = Standings(areas, youth_offices)
        self._assessments = assessments
        self._rules = rules
        self._not_municipal = not_municipal
        self._rulings: dict[tuple[str, bool], dict[str, Ruling]] = {}
        self._of_area: dict[int, tuple[dict[str, Standing], dict[str, Ruling], Ruling]] = {}

    @classmethod
    def load(cls, connection: Connection, areas: AreaIndex | None = None) -> CompetenceTable:
        """Read the tables from the database; ``areas`` spares reading them again."""
        return cls(
            areas or AreaIndex.load(connection),
            _youth_offices(connection),
            _assessments(connection),
            _rules(connection),
            _not_municipal(connection),
        )

    def answer(self, area_id: int, ozg_id: str) -> Competence:
        """Return who has to offer a service in an area; raise NotFound if there is no such area."""
        known = self._of_area.get(area_id)
        if known is None:
            known = self._of_area[area_id] = self._prepare(area_id)
        standings, rulings, nothing = known
        ruling = rulings.get(ozg_id, nothing)
        standing = standings[ruling.tier]
        if ruling.unresolved:
            verdict, competent, level, reason = "unresolved", None, "", ruling.unresolved
        else:
            verdict, competent, level, _, reason = standing
        confidence = ruling.confidence
        if verdict == "unresolved":
            confidence = "niedrig"
        elif standing.at_most != "hoch":
            confidence = lower_confidence(confidence, standing.at_most)
        return Competence(
            verdict,
            ruling.tier,
            competent,
            level,
            ruling.rule,
            confidence,
            ruling.voluntary,
            ruling.basis,
            ruling.secondary_tier,
            reason,
        )

    def _prepare(self, area_id: int) -> tuple[dict[str, Standing], dict[str, Ruling], Ruling]:
        if area_id not in self._areas:
            raise NotFound("area_id_unknown", given=area_id)
        area = self._areas[area_id]
        land = area.land if area.level != "bund" else self._first_land()
        municipal = area.level in _MUNICIPAL_LEVELS
        rulings = self._rulings.get((land, municipal))
        if rulings is None:
            rulings = self._rulings[land, municipal] = self._rule_land(land, municipal)
        reason = "no_entry" if land in self._assessments else "no_table"
        nothing = Ruling(UNKNOWN_TIER, "keine_tabelle", "niedrig", False, "", "", reason)
        return self._standings.of(area_id), rulings, nothing

    def _first_land(self) -> str:
        # What the Bund has to offer does not differ by Land, so any Land's table will do.
        return min(self._assessments, default="00")

    def _rule_land(self, land: str, municipal: bool) -> dict[str, Ruling]:
        assessments = self._assessments.get(land, {})
        rules = self._rules.get(land, {})
        ids = assessments.keys() | rules.keys() | self._not_municipal.keys()
        rulings = {}
        for ozg_id in ids:
            types = self._not_municipal.get(ozg_id)
            found = _rule(assessments.get(ozg_id), rules.get(ozg_id), types, municipal)
            if found is not None:
                rulings[ozg_id] = found
        return rulings


def _rule(
    assessment: Assessment | None, rule: Rule | None, executing: str | None, municipal: bool
) -> Ruling | None:
    """Decide on one service in one Land; ``executing`` is None unless the types say: not municipal."""
    voluntary = assessment.voluntary if assessment else False
    secondary = assessment.secondary_tier if assessment else ""
    if rule is not None and rule.evidenced:
        return Ruling(rule.tier, "regel", "hoch", voluntary, rule.basis, secondary, "")
    if executing is not None and municipal:
        return _rule_by_types(assessment, executing)
    if assessment is not None:
        return _rule_by_assessment(assessment, rule)
    if executing in _EXECUTING_TIERS:
        return Ruling(str(executing), "typ", "mittel", False, "", "", "")
    if rule is not None:
        return Ruling(rule.tier, "allgemeinwissen", "niedrig", False, rule.basis, "", "general_knowledge")
    return None


def _rule_by_types(assessment: Assessment | None, executing: str) -> Ruling:
    """Rule out municipalities, unless the assessment names a municipal tier."""
    if assessment is None:
        return Ruling(executing, "typ", "mittel", False, "", "", "")
    tier, secondary, confidence, voluntary, grounds = assessment
    if tier in _MUNICIPAL_TIERS:
        return Ruling(tier, "widerspruch", "niedrig", voluntary, grounds, secondary, "types_contradict")
    sure = "hoch" if confidence == "hoch" else "mittel"
    return Ruling(tier, "typ", sure, voluntary, grounds, secondary, "")


def _rule_by_assessment(assessment: Assessment, rule: Rule | None) -> Ruling:
    """Follow the assessment; a rule without evidence adds its basis where it agrees, no more."""
    tier, secondary, confidence, voluntary, grounds = assessment
    if rule is not None and rule.tier == tier:
        grounds = "; ".join(part for part in (grounds, rule.basis) if part)
    unresolved = "low_confidence" if confidence == "niedrig" else ""
    return Ruling(tier, "einschaetzung", confidence, voluntary, grounds, secondary, unresolved)


def _youth_offices(connection: Connection) -> dict[str, YouthOffice]:
    columns = tables.youth_office.c
    rows = connection.execute(select(columns.ars, columns.own, columns.confidence))
    return {ars: YouthOffice(own, confidence) for ars, own, confidence in rows}


def _assessments(connection: Connection) -> dict[str, dict[str, Assessment]]:
    found: dict[str, dict[str, Assessment]] = {}
    for row in connection.execute(select(tables.competence)):
        found.setdefault(row.land, {})[row.ozg_id] = Assessment(
            row.primary_tier, row.secondary_tier, row.confidence, row.voluntary, row.reason
        )
    return found


def _rules(connection: Connection) -> dict[str, dict[str, Rule]]:
    found: dict[str, dict[str, Rule]] = {}
    for row in connection.execute(select(tables.competence_rule)):
        evidence = f" ({row.evidence})" if row.evidence else ""
        basis = f"{row.task}: {row.basis}{evidence}"
        found.setdefault(row.land, {})[row.ozg_id] = Rule(row.tier, basis, row.evidenced)
    return found


def _not_municipal(connection: Connection) -> dict[str, str]:
    """Return the services whose LeiKa types all rule out municipalities, with the executing tier."""
    types = tables.leika_type.c
    executing = {
        row.type: row.execution
        for row in connection.execute(select(types.type, types.execution).where(types.municipal.is_(False)))
    }
    services = tables.leika_service.c
    of_bundle: dict[str, set[str]] = {}
    for ozg_id, joined in connection.execute(
        select(services.ozg_id, services.types).where(services.ozg_id.is_not(None))
    ):
        of_bundle.setdefault(ozg_id, set()).update(joined.split("|"))
    return {
        ozg_id: _one_tier(executing[value] for value in found)
        for ozg_id, found in of_bundle.items()
        if found <= executing.keys()
    }


def _one_tier(executions: Iterable[str]) -> str:
    """Return the tier if all types name the same, else the unknown one."""
    found = set(executions)
    return found.pop() if len(found) == 1 and found <= _EXECUTING_TIERS else UNKNOWN_TIER
