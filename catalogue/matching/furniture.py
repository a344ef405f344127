"""What the page around it adds to a title: the name of the site, the path to the page, its language.

``Startseite » Rathaus » Sorgeerklärung`` and ``Wohngeld | Landkreis Stendal`` name one service each. Only
what surely is no part of the title goes; what remains is never empty.
"""

from __future__ import annotations

import re

from catalogue.matching.spelling import LONGEST_TITLE

__all__ = ["bare_title"]

_AREA = (
    r"(?:(?:Hanse|Kreis|Landeshaupt|Universitäts|Hochschul|Kur|Berg|Samt|Orts|Verbands|Einheits)-?"
    r"(?:stadt|gemeinde)|Große Kreisstadt|Stadt|Gemeinde|Markt|Flecken|Landkreis(?:es)?|Kreis(?:es)?|Amt|VG"
    r"|Verwaltungsgemeinschaft|Landratsamt|Stadtverwaltung|Gemeindeverwaltung|Kreisverwaltung|Bezirksamt)"
)
_PORTAL = (
    r"(?:(?:Service|Bürger|Stadt|Gemeinde|Kreis|Online)-?[Pp]ortal|Bürger-?[Ss]ervice|Bürgerbüro|Rathaus"
    r"|OpenR@thaus)"
)
# A place is written with capitals; a sentence ("Stadt zahlt mehr") goes on with a small letter.
_PLACE = (
    r"[A-ZÄÖÜ][\wäöüß.-]*(?: (?:[A-ZÄÖÜ][\wäöüß.-]*|a\.|am|an|der|den|dem|im|in|bei|ob|vor|v\.|d\.|i\.))*"
)
_SITE = re.compile(
    rf"\s*(?:\s[|/–—•·-]+\s|::|\s»\s|\|)\s*(?:{_PORTAL} )?(?:{_AREA} {_PLACE}|{_AREA}verwaltung)\s*$"
)
_OF_PORTAL = re.compile(rf"(?:\s[|/–—•·-]+\s|\s?::\s|\s»\s|\s?\|\s?){_PORTAL} {_PLACE}\s*$")
#: Offices that do anything for anybody say nothing about what is done.
_FRONT_OFFICE = re.compile(r"\s+[|/–—•·-]\s+Bürger(?:-?[Ss]ervice|-?[Bb]üro|amt|dienste)\s*$")
_DOMAIN = re.compile(r"\s+[|/–—•·-]\s+(?:[\w-]+\.)+[a-z]{2,6}\s*$")
_IN_BRACKETS = re.compile(rf"\s*\({_AREA} {_PLACE}\)\s*$")
_EASY = re.compile(r"(?:\s+in|\s*[-–|:(]\s*)\s*[Ll]eichter? Sprache\)?\s*$")
_OF_PLACE = re.compile(rf" (?:in der|bei der|für die|der|des|im|beim|vom|für den) {_AREA} {_PLACE}\s*$")
_PATH = re.compile(
    r"^(?:Sie sind hier|Startseite|Home|Rathaus|Verwaltung|B(?:ü|ue)rger|Service)[^»›>]*\s[»›>]\s+"
    r"(?:.*\s[»›>]\s+)?"
)
_KIND = re.compile(
    r"^(?:(?:Dienst)?[Ll]eistung(?:en)?|B(?:ü|ue)rgerservice|Online-?(?:[Dd]ienste?|[Ss]ervices?|[Aa]ntr[aä]ge?)"
    r"|Anliegen|Formulare?|Service(?:portal)?|Was erledige ich wo\??|Startseite|Home)"
    r"(?:\s*[:|»›]+\s*|\s+[–—/-]\s+)(?=\S)"
)


def bare_title(title: str) -> str:
    """Return a title without the name of the site, the steps that lead to it, and a word for its kind."""
    found = title[:LONGEST_TITLE].strip()
    for pattern in (_PATH, _KIND, _DOMAIN, _SITE, _OF_PORTAL, _FRONT_OFFICE, _IN_BRACKETS, _OF_PLACE, _EASY):
        found = _without(pattern, found)
    return found or title


def _without(pattern: re.Pattern[str], title: str) -> str:
    """Return a title without what a pattern finds, unless nothing would be left."""
    return pattern.sub("", title) or title
