"""Region files with sources of all sorts, for the tests of the commands about sources."""

from __future__ import annotations

from pathlib import Path

__all__ = ["HEAD", "LIST", "TOWN", "add_source", "region_file", "site"]

TOWN = "055620032032"
HEAD = """\
[region]
name = "Probenregion"
areas = ["055120000000", "055620014014", "055620032032"]
"""
#: Rows of a list: good, unknown area, area of nobody's region, keys of all sorts, and none at all.
LIST = """\
ars;leika;titel;status;link;stelle
055120000000;99001009004000;Sperrmüll;online;https://bottrop.example/sperrmuell;Entsorgung
055129999999;99001009004000;Sperrmüll;beschrieben;;Entsorgung
055130000000;99001009004000;Sperrmüll;beschrieben;;Entsorgung
055620014014;99999999999999;Xyzzy Plugh;beschrieben;;Rathaus
055620014014;;Hunde und mehr;online;https://gladbeck.example/hunde;Steueramt
055120000000;;;online;https://bottrop.example/;Rathaus
055620014014;99001009004000;Sperrmüll;vielleicht;;Betriebsamt
"""


def region_file(folder: Path, *sources: str) -> Path:
    """Write a region file with these sources and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "region.toml"
    path.write_text("\n".join([HEAD, *sources]), encoding="utf-8")
    return path


def add_source(name: str, location: str | Path, **settings: str) -> str:
    """Return a source that is a list; ``settings`` are written as they are."""
    more = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return (
        f'[[source]]\nid = "{name}"\ntype = "list"\nlocation = "{location}"\ncomplete = true\n{more}'
        'columns = { area = "ars", key = "leika", title = "titel", status = "status", url = "link", '
        'unit = "stelle" }\n'
    )


def site(address: str, name: str = "stadt") -> str:
    """Return a source that is a website whose list is at an address."""
    return (
        f'[[source]]\nid = "{name}"\ntype = "site"\nareas = ["{TOWN}"]\nlists = ["{address}"]\n'
        'include = ["/dienstleistung/"]\nallow_private = true\ndelay = 0\nexpected = [1, 1000]\n'
    )
