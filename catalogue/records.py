"""The records that connectors yield: frozen, small, without SQL and without I/O.

Records are named tuples because a delivery may hold millions of them. All identifiers, keys and
area keys are the strings the source delivered, stripped of surrounding white space and nothing else;
what they mean is decided when a record is applied.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

__all__ = [
    "Completeness",
    "Deletion",
    "Evidence",
    "Issue",
    "Link",
    "Memory",
    "ObjectClass",
    "OfferKind",
    "Offering",
    "OnlineService",
    "Record",
    "Responsibility",
    "Service",
    "Severity",
    "Specialisation",
    "Status",
    "Unit",
    "make_ref",
]


class ObjectClass(StrEnum):
    """The classes of objects that refer to each other."""

    SERVICE = "service"
    SPECIALISATION = "specialisation"
    UNIT = "unit"
    ONLINE_SERVICE = "online_service"
    RESPONSIBILITY = "responsibility"
    OFFERING = "offering"


class OfferKind(StrEnum):
    """What stands behind an offering."""

    UNIT = "unit"  # an organisational unit is responsible
    ONLINE = "online"  # an online service is available
    FORM = "form"  # a form is available
    DIRECT = "direct"  # the source itself states the status


class Status(StrEnum):
    """What a source states about one service in one area (direct offerings only)."""

    ONLINE = "online"
    FORM = "form"
    DESCRIBED = "described"
    ABSENT = "absent"  # asked, and the source said there is nothing


class Severity(StrEnum):
    """Whether the record behind an issue was used."""

    SKIPPED = "skipped"  # the record was not used
    NOTICE = "notice"  # the record was used; something about it is irregular


def make_ref(agency: str | None, identifier: str) -> str:
    """Return the key of an object within its class: ``agency:identifier``.

    The bare identifier is not unique across agencies, and the scheme id must not be part of the key
    (importers of such feeds learned both the hard way). A colon or per cent sign in the agency is
    escaped, so that the result is unambiguous. An object without agency gets an empty one; such
    references resolve only within their own source.
    """
    if agency and (":" in agency or "%" in agency):
        agency = agency.replace("%", "%25").replace(":", "%3A")
    return f"{agency or ''}:{identifier}"


class Service(NamedTuple):
    """A described service (XZuFi Leistung), or what a list or a page calls one."""

    ref: str
    title: str  # the citizens' name, else the official one; may be empty
    official_title: str = ""
    keys: tuple[str, ...] = ()  # reported LeiKa keys as delivered, unchecked
    types: tuple[str, ...] = ()  # reported LeiKa types (Typisierung)
    form_url: str = ""  # first link of the text module "Formulare"
    has_text: bool = False  # any descriptive text beyond the titles
    valid_areas: tuple[str, ...] = ()  # areas the text is valid for; not an offering by itself
    valid_from: str = ""  # ISO date as delivered
    valid_to: str = ""
    modified_at: str = ""  # ISO date-time as delivered


class Specialisation(NamedTuple):
    """A regional deviation of one service (XZuFi Spezialisierung)."""

    ref: str
    service_ref: str
    areas: tuple[str, ...] = ()
    modified_at: str = ""


class Unit(NamedTuple):
    """An organisational unit (XZuFi Organisationseinheit), without any person."""

    ref: str
    name: str
    area: str = ""  # regional or municipality key of its address, as delivered
    modified_at: str = ""


class OnlineService(NamedTuple):
    """An online service (XZuFi Onlinedienst)."""

    ref: str
    name: str
    url: str = ""  # the first link that starts the service; empty if none is stated
    link_type: str = ""
    trust_level: str = ""  # Vertrauensniveau code
    modified_at: str = ""


class Responsibility(NamedTuple):
    """Who offers which services where (XZuFi Zuständigkeit)."""

    ref: str
    kind: OfferKind
    provider_ref: str  # the unit, online service or form
    service_refs: tuple[str, ...]
    areas: tuple[str, ...]  # regional keys as delivered
    role: str = ""


class Evidence(NamedTuple):
    """One thing a page shows about a service, with the words that show it.

    ``flag`` is one of the evidence flags of docs/merkmale.md, ``snippet`` a short quotation without
    personal data, ``url`` the page or link that shows it where that is not the offering's own page.
    """

    flag: str
    snippet: str = ""
    url: str = ""


class Link(NamedTuple):
    """One link of a service's page: what it leads to, and who operates that."""

    kind: str  # online, form, booking, status, information
    url: str
    label: str = ""
    operator: str = ""  # own, kreis, land, bund, efa, shared; empty if unknown


class Offering(NamedTuple):
    """One service that one source itself says one area offers, with its status.

    ``ref`` is stable within the source: the same row on another day has the same one. ``url`` is the link
    that starts the service where the status is online or form, ``page`` the page that describes it.
    """

    ref: str
    area: str  # regional key, municipality key or unambiguous name, as delivered
    service: Service
    status: Status
    url: str = ""
    unit: str = ""  # name of the organisational unit, never of a person
    operator: str = ""  # own, kreis, land, bund, efa, shared; empty if the source does not say
    observed_at: str = ""  # ISO date or date-time at which the source says it knew this
    note: str = ""
    page: str = ""
    links: tuple[Link, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    level: int | None = None  # maturity by the rule set named in ``level_rules``; None: not judged
    level_rules: str = ""  # name and version of the rule set, e.g. rgm11/1
    acts: tuple[str, ...] = ()  # what can be done: Anmeldung, Abmeldung …


class Deletion(NamedTuple):
    """The source says that an object is gone."""

    object_class: ObjectClass
    ref: str


class Issue(NamedTuple):
    """Something irregular; ``kind`` names the message in the message catalogue (section ``issue``)."""

    severity: Severity
    kind: str
    record: str  # ref or position of the record concerned; may be empty
    detail: str = ""  # the offending value, shortened; no personal data


class Memory(NamedTuple):
    """Something the source's connector wants to know on the next night; kept with the data it goes with.

    What a complete delivery remembers replaces everything remembered before; any other adds to it.
    """

    key: str
    value: str


class Completeness(NamedTuple):
    """The last thing a connector yields: how much of the source this was.

    A stream that ends without it is a truncated one and never counts as everything.
    ``scope`` is one of ``everything``, ``part`` and ``increment`` (from ``since`` to ``until``). ``reach`` is
    for increments out of a log that is read from its beginning on: ``begun`` (the first ones, and there is
    more), ``behind`` (later ones, and there is more), ``caught_up`` (now all of it was read). A part is
    ``torn`` if requests failed that another reading may bring; one that was never meant to be all is not.
    """

    scope: str
    since: str = ""
    until: str = ""
    created_at: str = ""  # ISO date-time at which the source made the delivery, where it says so
    reach: str = ""  # empty where nobody can tell
    places: int = 0  # of a section of a file: how many places (#1, #2 …) its issues could name


Record: TypeAlias = (
    Service
    | Specialisation
    | Unit
    | OnlineService
    | Responsibility
    | Offering
    | Deletion
    | Issue
    | Memory
    | Completeness
)
