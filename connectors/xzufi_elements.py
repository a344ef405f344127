"""The small parts every XZuFi object is made of: names, identifiers, codes, texts in languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from catalogue.records import Issue, Record, Severity, make_ref
from connectors.plaintext import meaningful_text

__all__ = ["NAMESPACE", "Names", "Reading", "choose_text"]

NAMESPACE = re.compile(r"https?://xoev\.de/schemata/xzufi/(\d+)_(\d+)(?:_\d+)?\Z")
#: Children of code-typed elements; they are in no namespace, but some senders put them into one.
CODE_PARTS = ("code", "name")
#: Tables that hostile input could fill stop growing here.
MAX_REMEMBERED = 4096
TITLE_LENGTH = 500
#: Names of attributes are bytes, because lxml looks these up in half the time.
AGENCY = b"schemeAgencyID"
SCHEME = b"schemeID"
LANGUAGE = b"languageCode"
XSI_TYPE = b"{http://www.w3.org/2001/XMLSchema-instance}type"


class Names(dict[str, str]):
    """Local names of the standard's elements by tag; empty for elements of anything else.

    A name counts in the standard's namespace of any version and in none.
    """

    def __missing__(self, tag: str) -> str:
        namespace, _, name = tag.rpartition("}")
        if namespace and name not in CODE_PARTS and not NAMESPACE.match(namespace[1:]):
            name = ""
        if len(self) < MAX_REMEMBERED:
            self[tag] = name
        return name


class _Prefixes(dict[str | None, str]):
    """The beginnings of references by agency."""

    def __missing__(self, agency: str | None) -> str:
        prefix = make_ref((agency or "").strip(), "")
        if len(self) < MAX_REMEMBERED:
            self[agency] = prefix
        return prefix


class Reading:
    """What the readers of all objects in a file share: names, and where the records go.

    Tags that occur millions of times are there in full, in the namespace of the message at hand.
    """

    def __init__(self, root: str) -> None:
        self._namespace = root[: root.rindex("}") + 1]
        self.provider_tag = self._namespace + "uebergeordnetesObjektID"
        self.responsibility_tag = self._namespace + "zustaendigkeit"
        self.responsibility_tags = (
            self._namespace + "gebietID",
            self._namespace + "leistungID",
            self._namespace + "id",
            self._namespace + "rolle",
        )
        self.names = Names()
        self.prefixes = _Prefixes()
        self.records: list[Record] = []
        self.issues = 0
        self.number = 0

    @property
    def place(self) -> str:
        """Return a name for what has no id: the running number of its operation in the message."""
        return f"#{self.number}"

    def skip(self, kind: str, record: str, detail: str = "") -> None:
        """Count something that is not used."""
        self._add_issue(Severity.SKIPPED, kind, record, detail)

    def notice(self, kind: str, record: str, detail: str = "") -> None:
        """Count something irregular that is used."""
        self._add_issue(Severity.NOTICE, kind, record, detail)

    def _add_issue(self, severity: Severity, kind: str, record: str, detail: str) -> None:
        self.issues += 1
        self.records.append(Issue(severity, kind, record, detail))

    def regularise(self, element: etree._Element) -> bool:
        """Move an element of the standard into the message's own namespace; tell whether it was outside."""
        name = self.names[element.tag]
        if not name or element.tag == self._namespace + name:
            return False
        element.tag = self._namespace + name
        return True

    def reference(self, element: etree._Element) -> str:
        """Return the key an Identifikator stands for, qualified by its agency; empty if it is empty."""
        identifier = (element.text or "").strip()
        return self.prefixes[element.get(AGENCY)] + identifier if identifier else ""

    def code(self, element: etree._Element) -> str:
        """Return the value of a Code."""
        try:
            child: etree._Element | None = element[0]
        except IndexError:
            child = None
        while child is not None:
            if self.names[child.tag] == "code":
                return (child.text or "").strip()
            child = child.getnext()
        return (element.text or "").strip()

    def child_text(self, element: etree._Element, *names: str) -> str:
        """Return the first text that is not empty among the children with these names."""
        for child in element:
            if self.names[child.tag] in names:
                text = (child.text or "").strip()
                if text:
                    return text
        return ""

    def modified_at(self, element: etree._Element) -> str:
        """Return when an object was changed, else made, from its version information."""
        return self.child_text(element, "geaendertDatumZeit") or self.child_text(element, "erstelltDatumZeit")

    def localized(self, element: etree._Element) -> tuple[str, str]:
        """Return language and text; HTML that was not escaped loses its tags."""
        text = " ".join(map(str, element.itertext())) if len(element) else element.text or ""
        return element.get(LANGUAGE, "").strip().lower(), text


def choose_text(texts: Iterable[tuple[str, str]]) -> str:
    """Return the plain text of the best language that says anything.

    German comes first, then its variants, then texts without a language, then any other.
    """
    for _, markup in sorted(texts, key=_rank):
        text = meaningful_text(markup)
        if text:
            return text[:TITLE_LENGTH]
    return ""


def _rank(localized: tuple[str, str]) -> int:
    language = localized[0]
    if language == "de":
        return 0
    if language.startswith(("de-", "de_")):
        return 1
    return 3 if language else 2
