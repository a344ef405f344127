"""What pages of the labelled web say; tests/samples/links/pages.toml tells which of them came when."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

__all__ = ["PAGES", "PageText"]

FILE = Path(__file__).parents[1] / "samples" / "links" / "pages.toml"


class PageText(NamedTuple):
    """Title and text of a page; a bare one has nothing else around them."""

    title: str
    text: str
    bare: bool = False

    @property
    def said(self) -> tuple[str, str]:
        return self.title, self.text


PAGES = {
    name: [PageText(**one) for one in pages]
    for name, pages in tomllib.loads(FILE.read_text(encoding="utf-8")).items()
}
