"""An XZuFi message: which elements hold objects, in what order, and what the whole of it claims to be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TypeAlias

from lxml import etree

from catalogue.records import Deletion, ObjectClass, Record
from connectors.xmlprolog import shorten
from connectors.xzufi_elements import Reading
from connectors.xzufi_records import read_online_service, read_service, read_specialisation, read_unit
from connectors.xzufi_responsibility import read_transferred

__all__ = ["OPERATIONS", "MessageReader", "is_object"]

ReadObject: TypeAlias = Callable[[etree._Element, Reading], None]

OBJECTS: dict[str, ReadObject] = {
    "leistung": read_service,
    "spezialisierung": read_specialisation,
    "organisationseinheit": read_unit,
    "onlinedienst": read_online_service,
    "zustaendigkeitTransferObjekt": read_transferred,
}
RESULTS: dict[str, ReadObject] = {
    "ergebnisLeistung": read_service,
    "ergebnisSpezialisierung": read_specialisation,
    "ergebnisOrganisationseinheit": read_unit,
    "ergebnisOnlinedienst": read_online_service,
    "ergebnisZustaendigkeit": read_transferred,
}
CLASSES = {
    "Leistung": ObjectClass.SERVICE,
    "LeistungSpezialisierung": ObjectClass.SPECIALISATION,
    "Spezialisierung": ObjectClass.SPECIALISATION,
    "Organisationseinheit": ObjectClass.UNIT,
    "Onlinedienst": ObjectClass.ONLINE_SERVICE,
    "Zustaendigkeit": ObjectClass.RESPONSIBILITY,
}
WRITE, DELETE, ANSWER, HEADER = "schreibe", "loesche", "antwort", "nachrichtenkopf"
OPERATIONS = (WRITE, DELETE)
#: Read nothing from these, and wonder about nothing.
IGNORED = frozenset({"transaktionID", "transaktionPosition", "antwortnummer", "antwortrueckgabecode"})
KNOWN = frozenset({WRITE, DELETE, HEADER, *OBJECTS, *RESULTS, *IGNORED})
#: How deep objects are looked for in elements of unknown name.
MAX_WRAPPED = 3
DETAIL = 60


def is_object(name: str) -> bool:
    """Tell whether an element with this local name is read as a whole, even as the root."""
    return name in KNOWN


class MessageReader:
    """Reads a message's elements in document order as they are handed out, batch by batch.

    Names of the root and of wrapping elements do not matter: an object is read wherever it stands.
    """

    def __init__(self, root: str) -> None:
        self.created_at = ""
        self.has_writes = False
        self.has_deletions = False
        self.used = 0
        self._reading = Reading(root)
        self._wrappers_with_objects: set[str] = set()

    @property
    def passed(self) -> int:
        """Return how many children of the message were read: by its number an object without id is named."""
        return self._reading.number

    def is_whole(self, tag: str) -> bool:
        """Tell whether elements with this tag are to be handed out as a whole."""
        return self._reading.names[tag] in KNOWN

    def read(self, container: etree._Element, count: int) -> list[Record]:
        """Return what the first ``count`` children of an element of the message say."""
        reading = self._reading
        reading.records = []
        reading.issues = 0
        name = reading.names[container.tag]
        is_root = container.getparent() is None
        if is_root and name in OBJECTS:
            self._read_other(container)
        elif is_root or name == ANSWER:
            self._read_children(container, count)
        else:
            reading.number += 1  # that of the wrapping element, which is counted when it is complete
            held = [self._read_wrapped(element, 1) for element in islice(container, count)]
            reading.number -= 1
            if any(held):
                self._wrappers_with_objects.add(container.tag)
        self.used += len(reading.records) - reading.issues
        return reading.records

    def _read_children(self, container: etree._Element, count: int) -> None:
        """Read the children of the message or of an answer in it; nearly all of them write one object.

        All of them are counted but answers, so that numbers do not depend on how many come at once.
        """
        reading = self._reading
        names = reading.names
        write_tag = usual_tag = ""
        read_usual: ReadObject = _read_unknown_object
        for element in islice(container, count):
            if element.tag != write_tag or not len(element):
                name = names[element.tag]
                reading.number += name != ANSWER
                self._read_other(element)
                if name == WRITE:
                    write_tag = element.tag
                continue
            reading.number += 1
            self.has_writes = True
            child: etree._Element | None = element[0]
            while child is not None:
                # what one object is, the next one is likely to be as well
                if child.tag != usual_tag:
                    usual_tag = child.tag
                    read_usual = OBJECTS.get(names[usual_tag], _read_unknown_object)
                read_usual(child, reading)
                child = child.getnext()

    def _read_write(self, element: etree._Element) -> None:
        self.has_writes = True
        if not len(element):
            self._reading.skip("empty_write", self._reading.place)
        for child in element:
            OBJECTS.get(self._reading.names[child.tag], _read_unknown_object)(child, self._reading)

    def _read_other(self, element: etree._Element) -> None:
        reading = self._reading
        name = reading.names[element.tag]
        read_object = OBJECTS.get(name) or RESULTS.get(name)
        if read_object is not None:
            read_object(element, reading)
        elif name == WRITE:
            self._read_write(element)
        elif name == DELETE:
            self._read_deletion(element)
        elif name == HEADER:
            self.created_at = self.created_at or reading.child_text(element, "erstelltDatumZeit")
        elif name == ANSWER:
            self._read_children(element, len(element))
        elif name not in IGNORED:
            self._read_unknown(element)

    def _read_deletion(self, element: etree._Element) -> None:
        reading = self._reading
        self.has_deletions = True
        stated = element.get("klasse", "").strip()
        object_class = CLASSES.get(stated)
        if object_class is None:
            reading.skip("unknown_class", reading.place, shorten(stated, DETAIL))
            return
        refs = [reading.reference(child) for child in element if reading.names[child.tag] == "id"]
        for ref in filter(None, refs):
            reading.records.append(Deletion(object_class, ref))
        if not any(refs):
            reading.skip("object_without_id", reading.place, DELETE)

    def _read_unknown(self, element: etree._Element) -> None:
        """Read objects inside an element of unknown name; count the element in any case."""
        reading = self._reading
        count = reading.notice if self._read_wrapped(element, 0) else reading.skip
        count("unknown_element", reading.place, _shown_name(element))

    def _read_wrapped(self, element: etree._Element, depth: int) -> bool:
        """Read the objects that an element is or holds; tell whether there were any."""
        name = self._reading.names[element.tag]
        if name in OBJECTS or name in RESULTS or name in (WRITE, DELETE):
            self._read_other(element)
            return True
        held = [element.tag in self._wrappers_with_objects]
        self._wrappers_with_objects.discard(element.tag)
        if depth < MAX_WRAPPED:
            held += [self._read_wrapped(child, depth + 1) for child in element]
        return any(held)


def _read_unknown_object(element: etree._Element, reading: Reading) -> None:
    reading.skip("unknown_object", reading.place, _shown_name(element))


def _shown_name(element: etree._Element) -> str:
    # The parser objects to a prefix that nobody declared at the end only; until then it is part of the tag.
    return shorten(str(element.tag).rpartition("}")[2], DETAIL)
