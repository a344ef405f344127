"""Zuständigkeiten: who offers which services where. A delivery may hold millions of them.

That is why this module compares whole tags instead of looking up names, and asks for the next sibling instead
of making an iterator per element: either would cost a tenth of the time that parsing takes. Elements that
are not in the message's own namespace are moved there and looked at again.
"""

from __future__ import annotations

import hashlib

from lxml import etree

from catalogue.records import OfferKind, Responsibility
from connectors.xzufi_elements import AGENCY, SCHEME, XSI_TYPE, Reading

__all__ = ["read_embedded", "read_transferred"]

KINDS = {
    "ZustaendigkeitOrganisationseinheit": OfferKind.UNIT,
    "ZustaendigkeitOnlinedienst": OfferKind.ONLINE,
    "ZustaendigkeitFormular": OfferKind.FORM,
}
KINDS_BY_PROVIDER = {
    "Organisationseinheit": OfferKind.UNIT,
    "Onlinedienst": OfferKind.ONLINE,
    "Formular": OfferKind.FORM,
}


def read_transferred(element: etree._Element, reading: Reading) -> None:
    """Read a zustaendigkeitTransferObjekt: the provider's id and what it is responsible for."""
    provider_tag, responsibility_tag = reading.provider_tag, reading.responsibility_tag
    provider: etree._Element | None = None
    provider_ref = ""
    is_empty = True
    try:
        child: etree._Element | None = element[0]
    except IndexError:
        child = None
    while child is not None:
        tag = child.tag
        if tag == responsibility_tag:
            is_empty = False
            if provider is None:
                provider = _following_provider(child, reading)
                provider_ref = "" if provider is None else reading.reference(provider)
            _read(child, reading, provider_ref, provider)
        elif tag == provider_tag:
            provider = child
            provider_ref = reading.reference(child)
        elif reading.regularise(child):
            continue
        child = child.getnext()
    if is_empty:
        reading.skip("responsibility_empty", provider_ref or reading.place)


def read_embedded(element: etree._Element, reading: Reading, unit: str) -> None:
    """Read a zustaendigkeit inside an organisational unit; older ones have no id of their own."""
    _read(element, reading, unit, None)


def _following_provider(element: etree._Element, reading: Reading) -> etree._Element | None:
    siblings = element.itersiblings()
    return next((each for each in siblings if reading.names[each.tag] == "uebergeordnetesObjektID"), None)


def _read(
    element: etree._Element, reading: Reading, provider_ref: str, provider: etree._Element | None
) -> None:
    """Add a responsibility; ``provider`` is the element with the provider's id, if it has its own."""
    area_tag, service_tag, id_tag, role_tag = reading.responsibility_tags
    prefixes = reading.prefixes
    ref = role = ""
    kind: OfferKind | None = None
    services: list[str] = []
    areas: list[str] = []
    try:
        child: etree._Element | None = element[0]
    except IndexError:
        child = None
    while child is not None:
        tag = child.tag
        if tag == area_tag:
            if text := (child.text or "").strip():
                areas.append(text)
        elif tag == service_tag:
            if text := (child.text or "").strip():
                services.append(prefixes[child.get(AGENCY)] + text)
        elif tag == id_tag:
            if text := (child.text or "").strip():
                ref = prefixes[child.get(AGENCY)] + text
            kind = KINDS.get(child.get(SCHEME, ""))
        elif tag == role_tag:
            role = reading.code(child)
        elif reading.regularise(child):
            continue
        child = child.getnext()
    kind = kind or _kind(element, provider, reading, ref)
    # what Responsibility(...) does, without its detour through a function written in Python
    record = tuple.__new__(Responsibility, (ref, kind, provider_ref, tuple(services), tuple(areas), role))
    if ref and provider_ref and services:
        reading.records.append(record)
    else:
        _add_incomplete(record, reading, is_embedded=provider is None)


def _add_incomplete(record: Responsibility, reading: Reading, *, is_embedded: bool) -> None:
    place = record.ref or record.provider_ref or reading.place
    if not record.service_refs:
        reading.skip("responsibility_without_service", place)
    elif not record.provider_ref:
        reading.skip("responsibility_without_provider", place)
    elif is_embedded:
        reading.records.append(record._replace(ref=_made_up_ref(record)))
    else:
        reading.skip("object_without_id", reading.place, "zustaendigkeit")


def _kind(element: etree._Element, provider: etree._Element | None, reading: Reading, ref: str) -> OfferKind:
    """Tell the kind of a responsibility whose id does not: by its type, else by its provider's class."""
    kind = KINDS.get(element.get(XSI_TYPE, "").rpartition(":")[2].strip())
    if kind is not None:
        return kind
    if provider is None:
        return OfferKind.UNIT
    kind = KINDS_BY_PROVIDER.get(provider.get(SCHEME, "").strip())
    if kind is not None:
        return kind
    reading.notice("responsibility_kind_unknown", ref)
    return OfferKind.UNIT


def _made_up_ref(record: Responsibility) -> str:
    """Return a key that is the same on every day on which the source says the same."""
    parts = (sorted(record.service_refs), sorted(record.areas), record.role)
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
    return f"{record.provider_ref}~{digest}"
