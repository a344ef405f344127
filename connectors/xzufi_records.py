"""XZuFi objects to records: Leistung, Spezialisierung, Organisationseinheit, Onlinedienst.

Each object's children are looked at once, in whatever order they come, and nothing is taken to be there.
Names are the union of what the versions 2.1, 2.2 and 2.3.1 use. Of an organisational unit only its id, its
name, its area and its responsibilities are read: persons, telephones and mail addresses never are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from catalogue.records import OnlineService, Service, Specialisation, Unit
from connectors.plaintext import meaningful_text
from connectors.xzufi_elements import XSI_TYPE, Reading, choose_text
from connectors.xzufi_responsibility import read_embedded

__all__ = ["read_online_service", "read_service", "read_specialisation", "read_unit"]

OFFICIAL_TITLE = "02"
CITIZENS_TITLE = "03"
FORMS = "14"
#: Text modules of which more is read than whether there is any.
READ_MODULES = frozenset({OFFICIAL_TITLE, CITIZENS_TITLE, FORMS})
START_LINK = "01"
LEIKA_KEY = re.compile(r"\d{14}\Z", re.ASCII)
OBJECT_KEY = re.compile(r"\d{8}0{6}\Z", re.ASCII)
ACT = re.compile(r"\d{1,3}\Z", re.ASCII)
TEXTS = frozenset({"inhalt", "beschreibung", "beschreibungEingehend", "beschreibungAusgehend"})
STRUCTURED = frozenset({"frist", "kosten", "bearbeitungsdauer", "dokumentEingehend", "dokumentAusgehend"})


def read_service(element: etree._Element, reading: Reading) -> None:
    """Read a Leistung."""
    draft = _Service(reading)
    for child in element:
        read_child = SERVICE_CHILDREN.get(reading.names[child.tag])
        if read_child is not None:
            read_child(draft, child)
    draft.finish()


class _Service:
    """A Leistung as far as it is read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.ref = ""
        self.keys: list[str] = []
        self.secondary_keys: list[str] = []
        self.structure_key = ""
        self.titles: dict[str, list[tuple[str, str]]] = {OFFICIAL_TITLE: [], CITIZENS_TITLE: []}
        self.repeated_languages = ""
        self.types: list[str] = []
        self.form_url = ""
        self.has_text = False
        self.areas: list[str] = []
        self.valid_from: list[str] = []
        self.valid_to: list[str] = []
        self.modified_at = ""

    def add_id(self, child: etree._Element) -> None:
        self.ref = self.ref or self.reading.reference(child)

    def add_secondary_id(self, child: etree._Element) -> None:
        text = "".join((child.text or "").split())
        if LEIKA_KEY.match(text):
            self.secondary_keys.append(text)

    def add_key_code(self, child: etree._Element) -> None:
        self.keys.append(self.reading.code(child))

    def add_structure(self, structure: etree._Element) -> None:
        """Compose the key of an act from its object's key and the act's code, should no key be given."""
        if structure.get(XSI_TYPE, "").endswith("Detail"):
            return
        service_object = act = ""
        for child in structure:
            name = self.reading.names[child.tag]
            if name == "leistungsobjektID":
                service_object = (child.text or "").strip()
            elif name == "verrichtungLeiKa":
                act = self.reading.code(child)
            elif name == "verrichtung":
                act = next((self.reading.code(each) for each in child), "")
        if OBJECT_KEY.match(service_object) and ACT.match(act):
            self.structure_key = f"{service_object[:8]}{act:0>3}000"

    def add_type(self, child: etree._Element) -> None:
        self.types.append(self.reading.code(child))

    def add_area(self, child: etree._Element) -> None:
        self.areas.append((child.text or "").strip())

    def add_version(self, child: etree._Element) -> None:
        self.modified_at = self.reading.modified_at(child)

    def add_validity(self, child: etree._Element) -> None:
        self.valid_from.append(self.reading.child_text(child, "beginn"))
        self.valid_to.append(self.reading.child_text(child, "ende"))

    def add_text_module(self, module: etree._Element) -> None:
        names = self.reading.names
        code = link = ""
        texts: list[etree._Element] = []
        child = module[0] if len(module) else None
        while child is not None:
            name = names[child.tag]
            if name == "inhalt":
                texts.append(child)
            elif name == "leikaTextmodul":
                code = self.reading.code(child).zfill(2)
                if self.has_text and code not in READ_MODULES:
                    return
            elif name == "weiterfuehrenderLink" and not link:
                link = self.reading.child_text(child, "uri")
            child = child.getnext()
        if code in self.titles:
            self._add_titles(code, [self.reading.localized(text) for text in texts])
            return
        if code == FORMS and not self.form_url:
            self.form_url = link
        if not self.has_text:
            self.has_text = bool(link) or any(map(self._says_something, texts))

    def _add_titles(self, code: str, texts: list[tuple[str, str]]) -> None:
        said = [language for language, text in texts if text.strip()]
        if len(set(said)) < len(said):
            self.repeated_languages = code
        self.titles[code].extend(texts)

    def add_module(self, module: etree._Element) -> None:
        """Look whether any other module says something, be it in words, in figures or by a link."""
        for child in module:
            if self.has_text:
                return
            name = self.reading.names[child.tag]
            if name in TEXTS:
                self.has_text = self._says_something(child)
            elif name in STRUCTURED:
                self.has_text = len(child) > 0
            elif name == "weiterfuehrenderLink":
                self.has_text = bool(self.reading.child_text(child, "uri"))

    def _says_something(self, child: etree._Element) -> bool:
        return bool(meaningful_text(self.reading.localized(child)[1]))

    def finish(self) -> None:
        """Add the record, or say why there is none."""
        if not self.ref:
            self.reading.skip("object_without_id", self.reading.place, "leistung")
            return
        official = choose_text(self.titles[OFFICIAL_TITLE])
        title = choose_text(self.titles[CITIZENS_TITLE]) or official
        keys = _distinct(self.keys) or _distinct(self.secondary_keys)
        if not keys and self.structure_key:
            keys = (self.structure_key,)
            self.reading.notice("key_from_structure", self.ref, self.structure_key)
        self.reading.records.append(
            Service(
                ref=self.ref,
                title=title,
                official_title=official,
                keys=keys,
                types=_distinct(self.types),
                form_url=self.form_url,
                has_text=self.has_text,
                valid_areas=_distinct(self.areas),
                valid_from=min(self.valid_from, default=""),
                valid_to="" if "" in self.valid_to else max(self.valid_to, default=""),
                modified_at=self.modified_at,
            )
        )
        if not title:
            self.reading.notice("service_without_title", self.ref)
        if self.repeated_languages:
            self.reading.notice("title_repeated", self.ref, self.repeated_languages)


SERVICE_CHILDREN: dict[str, Callable[[_Service, etree._Element], None]] = {
    "id": _Service.add_id,
    "idSekundaer": _Service.add_secondary_id,
    "struktur": _Service.add_structure,
    "referenzLeiKa": _Service.add_key_code,
    "referenzLeistungsschluessel": _Service.add_key_code,
    "modulText": _Service.add_text_module,
    "modulTextIndividuell": _Service.add_module,
    "modulFrist": _Service.add_module,
    "modulKosten": _Service.add_module,
    "modulBearbeitungsdauer": _Service.add_module,
    "modulAuskunftshinweis": _Service.add_module,
    "modulDokument": _Service.add_module,
    "typisierung": _Service.add_type,
    "gueltigkeitGebietID": _Service.add_area,
    "gueltigkeit": _Service.add_validity,
    "versionsinformation": _Service.add_version,
    "versionsinformationen": _Service.add_version,
}


def read_specialisation(element: etree._Element, reading: Reading) -> None:
    """Read a Spezialisierung: which service it is about, and where it holds."""
    ref = service = modified_at = ""
    areas: list[str] = []
    for child in element:
        name = reading.names[child.tag]
        if name == "id":
            ref = ref or reading.reference(child)
        elif name == "leistungID":
            service = service or reading.reference(child)
        elif name == "gueltigkeitGebietID":
            areas.append((child.text or "").strip())
        elif name in ("versionsinformation", "versionsinformationen"):
            modified_at = reading.modified_at(child)
    if not ref:
        reading.skip("object_without_id", reading.place, "spezialisierung")
    elif not service:
        reading.skip("specialisation_without_service", ref)
    else:
        reading.records.append(Specialisation(ref, service, _distinct(areas), modified_at))


def read_unit(element: etree._Element, reading: Reading) -> None:
    """Read an Organisationseinheit and the responsibilities inside it; nothing about persons."""
    ref = modified_at = ""
    titles: list[tuple[str, str]] = []
    addresses: list[tuple[str, str]] = []
    responsibilities: list[etree._Element] = []
    for child in element:
        name = reading.names[child.tag]
        if name == "id":
            ref = ref or reading.reference(child)
        elif name == "name":
            inner = [each for each in child if reading.names[each.tag] == "name"]
            titles += map(reading.localized, inner or [child])
        elif name == "anschrift":
            addresses.append(_address_keys(child, reading))
        elif name == "zustaendigkeit":
            responsibilities.append(child)
        elif name in ("versionsinformation", "versionsinformationen"):
            modified_at = reading.modified_at(child)
    if not ref:
        reading.skip("object_without_id", reading.place, "organisationseinheit")
        return
    regional = [key for key, _ in addresses if key]
    municipal = [key for _, key in addresses if key]
    area = next(iter(regional + municipal), "")
    unit = Unit(ref, choose_text(titles), area, modified_at)
    reading.records.append(unit)
    if not unit.name:
        reading.notice("unit_without_name", ref)
    for responsibility in responsibilities:
        read_embedded(responsibility, reading, ref)


def _address_keys(address: etree._Element, reading: Reading) -> tuple[str, str]:
    """Return the regional and the municipality key of an address; either may be empty."""
    regional = municipal = ""
    for child in address:
        if reading.names[child.tag] != "verwaltungspolitischeKodierung":
            continue
        for key in child:
            name = reading.names[key.tag]
            if name == "regionalschluessel":
                regional = reading.code(key)
            elif name == "gemeindeschluessel":
                municipal = reading.code(key)
    return regional, municipal


def read_online_service(element: etree._Element, reading: Reading) -> None:
    """Read an Onlinedienst: its name, the link that starts it and the level of trust it asks for."""
    ref = trust_level = modified_at = ""
    titles: list[tuple[str, str]] = []
    links: list[tuple[str, str, str]] = []
    for child in element:
        name = reading.names[child.tag]
        if name == "id":
            ref = ref or reading.reference(child)
        elif name == "bezeichnung":
            titles.append(reading.localized(child))
        elif name == "link":
            links.append(_link(child, reading))
        elif name == "vertrauensniveau":
            trust_level = reading.code(child)
        elif name in ("versionsinformation", "versionsinformationen"):
            modified_at = reading.modified_at(child)
    if not ref:
        reading.skip("object_without_id", reading.place, "onlinedienst")
        return
    link_type, url, link_title = _start_link(links)
    name = (
        choose_text(titles)
        or choose_text([("", link_title)])
        or choose_text(("", title) for _, _, title in links)
    )
    reading.records.append(OnlineService(ref, name, url, link_type, trust_level, modified_at))
    if not url:
        reading.notice("online_service_without_link", ref)
    elif link_type not in (START_LINK, ""):
        reading.notice("link_type_unknown", ref, link_type[:20])


def _link(element: etree._Element, reading: Reading) -> tuple[str, str, str]:
    """Return type, address and title of a link; the address is again in an element named link."""
    link_type = address = title = ""
    for child in element:
        name = reading.names[child.tag]
        if name == "typ":
            link_type = reading.code(child)
        elif name in ("link", "uri"):
            address = address or (child.text or "").strip()
        elif name == "titel":
            title = child.text or ""
    return link_type, address or (element.text or "").strip(), title


def _start_link(links: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    """Return the first link that starts the service, else the first one that leads anywhere."""
    leading = [link for link in links if link[1]]
    starting = [link for link in leading if link[0] in (START_LINK, "")]
    return next(iter(starting + leading), ("", "", ""))


def _distinct(values: list[str]) -> tuple[str, ...]:
    """Return the values that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, values)))
