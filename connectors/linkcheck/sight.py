"""What a page looks like to somebody who opens it: read once, tolerant of any markup, bounded."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from connectors.html.decode import decode_page
from connectors.linkcheck.observation import Sight
from connectors.urls import is_fetchable

__all__ = ["look_at"]

MOST_TEXT: Final = 6_000  # characters that are kept
MOST_HEADINGS: Final = 6
#: A page with less text than this and a script has its content made by the script.
LEAST_TEXT: Final = 60
LONGEST_WAIT: Final = 5  # seconds after which a refresh is none that visitors take for a redirect
_LEFT_OUT: Final = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "head",
        "nav",
        "header",
        "footer",
        "aside",
        "select",
        "iframe",
    }
)
#: Banners and menus that are no elements of their own; names of classes and ids, inferred.
_LEFT_OUT_NAMES: Final = re.compile(
    r"\b(cookie|consent|breadcrumb|skip-?link|navi?(gation)?|menu|footer|header)[\w-]*", re.IGNORECASE
)
_APP: Final = re.compile(
    r"<app-root\b|<[a-z]+[^>]{0,200}\bid=[\"']?(app|root|__next|__nuxt|main-app)\b|"
    r"(aktivieren sie (bitte )?javascript|javascript (muss )?(aktiviert|erforderlich|benötigt)|"
    r"enable javascript)",
    re.IGNORECASE,
)
_REFRESH: Final = re.compile(
    r"\s*([0-9]{1,3})(?:\.[0-9]*)?\s*[;,]?\s*url\s*=\s*[\"']?([^\"'>\s]+)", re.IGNORECASE
)
_SPACES: Final = re.compile(r"\s+")
_VARYING: Final = re.compile(r"\S*[0-9/]\S*")
_FIELDS: Final = etree.XPath(
    "//form//input[not(@type) or not(contains('hidden submit button search image reset', @type))]"
    "[not(ancestor::header) and not(ancestor::nav) and not(ancestor::*[@role='search'])] | //form//textarea",
    smart_strings=False,
)
_PASSWORDS: Final = etree.XPath("//input[@type='password']", smart_strings=False)
_LINKS: Final = etree.XPath("//a[@href]", smart_strings=False)
_METAS: Final = etree.XPath("//meta[@http-equiv and @content]", smart_strings=False)
_HEADINGS: Final = etree.XPath("//h1 | //h2", smart_strings=False)
_MAINS: Final = etree.XPath("//main | //*[@role='main']", smart_strings=False)


def look_at(body: bytes, url: str, charset: str | None = None) -> Sight:
    """Return what a page looks like. Raise nothing, whatever the bytes are."""
    source = decode_page(body, charset).text
    root = _parsed(source)
    if root is None:
        return Sight(scripted="<script" in source.lower())
    mains = _elements(_MAINS, root)
    part = mains[0] if mains else root
    text = _text_of(part)
    title = _clean(root.findtext(".//title") or "")[:300]
    headings = [_clean("".join(_pieces(one)))[:300] for one in _elements(_HEADINGS, part)[:MOST_HEADINGS]]
    has_script = "<script" in source.lower()
    return Sight(
        title=title,
        headings=tuple(heading for heading in headings if heading),
        text=text[:MOST_TEXT],
        length=len(text),
        fields=len(_elements(_FIELDS, root)),
        password=bool(_elements(_PASSWORDS, root)),
        links=len(_elements(_LINKS, root)),
        has_script=has_script,
        scripted=has_script and (len(text) < LEAST_TEXT or _APP.search(source) is not None),
        refresh=_refresh_of(root, url),
        print=_print_of(title, root),
    )


def _parsed(source: str) -> etree._Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        return etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None


def _elements(path: etree.XPath, root: etree._Element) -> list[etree._Element]:
    return path(root)  # type: ignore[return-value]  # all of them ask for elements


def _text_of(part: etree._Element) -> str:
    return _clean(" ".join(_pieces(part)))


def _pieces(top: etree._Element) -> list[str]:
    """Return the texts below an element in their order, menus, banners and scripts left out."""
    pieces: list[str] = []
    todo: list[etree._Element | str] = [top]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        if node is not top and _is_left_out(node):
            continue
        children: list[etree._Element | str] = [node.text or ""]
        for child in node:
            children += (child, child.tail or "")
        todo += reversed(children)
    return pieces


def _is_left_out(node: etree._Element) -> bool:
    if node.tag in _LEFT_OUT:
        return True
    names = f"{node.get('class', '')} {node.get('id', '')}"
    return node.tag in {"div", "section", "ul"} and _LEFT_OUT_NAMES.match(names.strip()) is not None


def _clean(text: str) -> str:
    return _SPACES.sub(" ", text.replace("\xad", "")).strip()


def _refresh_of(root: etree._Element, url: str) -> str:
    for meta in _elements(_METAS, root):
        if meta.get("http-equiv", "").strip().lower() != "refresh":
            continue
        found = _REFRESH.match(meta.get("content", ""))
        if found and int(found[1]) <= LONGEST_WAIT:
            try:
                target = urljoin(url, found[2]).partition("#")[0]
            except ValueError:
                return ""
            # A page that only loads itself again leads nowhere.
            return target if is_fetchable(target) and target != url else ""
    return ""


def _print_of(title: str, root: etree._Element) -> str:
    """Return a hash of title and all text, what holds digits or looks like an address left out."""
    words = _VARYING.sub(" ", f"{title} {' '.join(_pieces(root))}")
    return blake2b(_clean(words).lower().encode(), digest_size=12).hexdigest()
