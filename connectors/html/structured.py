"""What a page says to machines: head, JSON-LD, RDFa-like attributes and microdata.

Municipal pages mark up little and often wrongly, so all this is read where it is there and missed by nobody
where it is not. Own readers, because those of libraries insist on a vocabulary that such pages leave out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from connectors.html.nodes import elements, text_of
from connectors.html.ruleset import PageRules
from connectors.html.wording import one_line

__all__ = ["Channel", "Head", "Marked", "read_embedded", "read_head", "read_marked"]

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
LONGEST_JSON = 512 * 1024  # characters of one script
MOST_NODES = 5_000
MOST_SCRIPTS = 20
LONGEST_VALUE = 500
_KEY = re.compile(r"(?<!\d)99\d{12}(?!\d)")
_SERVICES = frozenset({"governmentservice", "publicservice", "service", "leistung"})
_LEIKA_NAME = re.compile(r"leika|leistungsschl(ü|ue)ssel|fim")
_ADDRESS_NAMES = frozenset({"url", "link", "href", "uri", "path", "pfad", "detailurl"})
_TITLE_NAMES = ("titel", "title", "name", "bezeichnung", "label")


@dataclass
class Head:
    """What stands in the head of a page."""

    title: str = ""
    language: str = ""
    base: str = ""
    canonical: str = ""
    meta: dict[str, str] = field(default_factory=dict)  # names in small letters


@dataclass(frozen=True)
class Channel:
    """One way into a service that structured data state."""

    url: str
    name: str


@dataclass
class Marked:
    """What structured data say about the service of a page."""

    name: str = ""
    unit: str = ""
    modified: str = ""
    terms: str = ""
    channels: list[Channel] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)  # LeiKa key and where it was found
    types: set[str] = field(default_factory=set)  # schema.org types in small letters


def read_head(root: etree._Element) -> Head:
    """Return what the head of a page says."""
    found = Head(language=(root.get("lang") or root.get("xml:lang") or "").strip().lower()[:40])
    head = root.find("head")
    for element in () if head is None else head.iterchildren():
        tag = element.tag
        if tag == "meta":
            name = element.get("name") or element.get("property") or element.get("http-equiv")
            content = element.get("content")
            if name and content:
                found.meta.setdefault(name.strip().lower(), content[:LONGEST_VALUE].strip())
        elif tag == "link":
            if element.get("rel") == "canonical":
                found.canonical = (element.get("href") or "").strip()
        elif tag == "title":
            found.title = found.title or one_line(text_of(element)[:LONGEST_VALUE])
        elif tag == "base":
            found.base = found.base or (element.get("href") or "").strip()
    if not found.language:
        found.language = found.meta.get("content-language", "").lower()
    return found


def read_marked(root: etree._Element, text: str, head: Head, rules: PageRules) -> Marked:
    """Return what JSON-LD, attributes and microdata say, LeiKa keys in the order of their trust."""
    found = Marked()
    # Searches for words are faster if their last letter is rare in markup.
    if "schluesse" in text:
        found.keys += [(key, "property schluessel") for key in _property_keys(root, rules)]
    if "application/ld+json" in text:
        for node in _json_ld(root):
            _take(node, found)
    if ("itemprop" in text and " itemprop=" in text) or ("typeof" in text and " typeof=" in text):
        _microdata(root, found)
    for name, content in head.meta.items():
        if "leika" in name or name in ("dc.identifier", "dcterms.identifier"):
            found.keys += [(key, f"meta {name}") for key in _KEY.findall(content)]
    return found


_PROPERTY = etree.XPath(
    "//*[@content and contains(concat(' ', normalize-space(@property), ' '), ' schluessel ')]"
)


def _property_keys(root: etree._Element, rules: PageRules) -> Iterator[str]:
    for element in elements(_PROPERTY, root)[:50]:
        if not _is_of_another(element, rules):
            yield from _KEY.findall((element.get("content") or "")[:LONGEST_VALUE])


def _is_of_another(element: etree._Element, rules: PageRules) -> bool:
    """Tell whether an element stands in a list of other services."""
    node: etree._Element | None = element
    for _ in range(40):
        if node is None:
            return False
        if rules.verdict(node.get("class"), node.get("id"), node.get("role")) in ("related", "strip"):
            return True
        before = node.getprevious()
        for _ in range(8):  # the heading of the list the element stands in
            if before is None:
                break
            if before.tag in ("h2", "h3", "h4", "h5", "strong"):
                if rules.section_of(one_line(text_of(before)[:200])) == "related":
                    return True
                break
            before = before.getprevious()
        node = node.getparent()
    return False


def _json_ld(root: etree._Element) -> Iterator[dict[str, Json]]:
    scripts = root.iterfind(".//script[@type='application/ld+json']")
    for _, script in zip(range(MOST_SCRIPTS), scripts, strict=False):
        yield from _nodes(_parsed(script.text or ""))


def _parsed(text: str) -> Json:
    if len(text) > LONGEST_JSON:
        return None
    try:
        parsed: Json = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return parsed


def _nodes(parsed: Json) -> Iterator[dict[str, Json]]:
    """Yield all objects of a JSON text, the outer before the inner ones."""
    waiting: list[Json] = [parsed]
    count = 0
    while waiting and count < MOST_NODES:
        value = waiting.pop(0)
        count += 1
        if isinstance(value, dict):
            yield value
            waiting.extend(inner for inner in value.values() if isinstance(inner, (dict, list)))
        elif isinstance(value, list):
            waiting.extend(inner for inner in value[:1_000] if isinstance(inner, (dict, list)))


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [one_line(value[:LONGEST_VALUE])]
    if isinstance(value, list):
        return [text for inner in value[:50] for text in _texts(inner)]
    if isinstance(value, dict):
        return _texts(value.get("name") or value.get("value") or value.get("@value"))
    return []


def _first(value: Json) -> str:
    return next(iter(_texts(value)), "")


def _take(node: dict[str, Json], found: Marked) -> None:
    types = {text.lower().rpartition("/")[2] for text in _texts(node.get("@type"))}
    found.types |= types
    if not found.modified:
        found.modified = _first(node.get("dateModified"))
    if not types & _SERVICES or found.name:
        return
    found.name = _first(node.get("name"))
    found.unit = _first(node.get("serviceOperator")) or _first(node.get("provider"))
    found.terms = _first(node.get("termsOfService"))
    channels = node.get("availableChannel")
    for channel in channels if isinstance(channels, list) else [channels]:
        if isinstance(channel, dict):
            address = channel.get("serviceUrl")
            url = address if isinstance(address, str) else _first(address)
            if url:
                found.channels.append(Channel(url, _first(channel.get("name"))))
    found.keys += [(key, "JSON-LD identifier") for key in _identifiers(node.get("identifier"))]


def _identifiers(value: Json) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            name = _first(entry.get("propertyID")) + _first(entry.get("name"))
            entry = entry.get("value") if not name or _LEIKA_NAME.search(name.lower()) else None
        if isinstance(entry, str):
            yield from _KEY.findall(entry)


_ITEMS = etree.XPath("//*[@itemtype or @typeof][position() <= 200]")


def _microdata(root: etree._Element, found: Marked) -> None:
    for item in elements(_ITEMS, root):
        kind = (item.get("itemtype") or item.get("typeof") or "").strip().lower()
        kind = kind.rstrip("/").rpartition("/")[2].rpartition(":")[2]
        found.types.add(kind)
        name = one_line(_property(item, ("name", "bezeichnung", "schema:name")))
        if kind in _SERVICES and kind != "service" and name and not found.name:
            found.name = name
            found.unit = found.unit or one_line(_property(item, ("serviceoperator", "provider")))
            url = _property(item, ("serviceurl",))
            if url:
                found.channels.append(Channel(url, ""))
            found.keys += [
                (key, "microdata identifier") for key in _KEY.findall(_property(item, ("identifier",)))
            ]
        elif kind in ("governmentoffice", "organisationseinheit") and name and not found.unit:
            found.unit = name


def _property(item: etree._Element, names: tuple[str, ...]) -> str:
    for count, element in enumerate(item.iter()):
        if count > 500:
            break
        given = (element.get("itemprop") or element.get("property") or "").lower()
        if given in names:
            value = element.get("content") or element.get("href") or text_of(element)
            return value[:LONGEST_VALUE].strip()
    return ""


def read_embedded(root: etree._Element) -> list[tuple[str, str]]:
    """Return addresses with their titles that a script carries as JSON, for pages without content."""
    found: list[tuple[str, str]] = []
    for _, script in zip(
        range(MOST_SCRIPTS), root.iterfind(".//script[@type='application/json']"), strict=False
    ):
        for node in _nodes(_parsed(script.text or "")):
            for key, value in node.items():
                if isinstance(value, str) and key.lower() in _ADDRESS_NAMES and value[:1] in ("/", "h"):
                    title = next((_first(node[name]) for name in _TITLE_NAMES if name in node), "")
                    found.append((value[:2_000], title))
    return found[:2_000]
