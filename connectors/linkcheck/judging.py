"""What an observation of a link means: a pure function, so that a judgement can be made again.

============  =====================================================================================
``ok``        the link answered with something of its own
``moved``     it did so at another address
``dead``      what was linked is not there: one strike, no verdict
``unclear``   nothing can be said from outside: neither a strike nor an answer
============  =====================================================================================

When in doubt the result is ``unclear``: to call a working link broken costs more than to miss a dead one.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from connectors.linkcheck.observation import NOBODY, Observation, Reply
from connectors.linkcheck.words import what_page_says
from connectors.urls import redact

__all__ = [
    "DEAD_KINDS",
    "KINDS",
    "MOVED_KINDS",
    "OK_KINDS",
    "RESULTS",
    "UNCLEAR_KINDS",
    "Judgement",
    "is_front_page",
    "judge",
]

RESULTS: Final = ("ok", "moved", "dead", "unclear")
OK_KINDS: Final = ("answered", "unchanged", "document", "form_starts")
MOVED_KINDS: Final = ("moved",)
DEAD_KINDS: Final = (
    "not_found",
    "gone",
    "says_not_found",
    "says_ended",
    "parked",
    "to_home",
    "to_landing",
    "same_as_any",
    "name_unknown",
    "refused",
)
UNCLEAR_KINDS: Final = (
    "needs_login",
    "login_page",
    "forbidden",
    "bot_wall",
    "consent_wall",
    "busy",
    "server_error",
    "maintenance",
    "certificate",
    "timed_out",
    "broken_off",
    "name_unclear",
    "script_only",
    "to_other_front",
    "session_entry",
    "too_many_redirects",
    "bad_redirect",
    "downgrade",
    "private",
    "unreadable",
    "odd_status",
    "robots",
    "robots_unknown",
    "own_network",
)
KINDS: Final = (*OK_KINDS, *MOVED_KINDS, *DEAD_KINDS, *UNCLEAR_KINDS)
_OF_STATUS: Final = {
    401: "needs_login",
    403: "forbidden",
    404: "not_found",
    407: "needs_login",
    408: "timed_out",
    410: "gone",
    425: "busy",
    429: "busy",
    451: "forbidden",
}
#: A page with a script and fewer links may be the frame of an application, whatever text it shows.
LINKS_OF_A_SITE: Final = 3
_FRONT: Final = re.compile(
    r"/?(index|default|home|start|startseite|portal|willkommen|de|web)?(\.(html?|php|aspx?|jsp))?/?",
    re.IGNORECASE,
)


class Judgement(NamedTuple):
    """A result, its kind, the status behind it (0: none), where the way ended, and the words that tell it."""

    result: str
    kind: str
    status: int = 0
    final_url: str = ""
    detail: str = ""


def judge(seen: Observation) -> Judgement:
    """Return what an observation means; ``detail`` is a short part of the page, never more than a line."""
    if seen.reply is None:
        result = "dead" if seen.failure in {"name_unknown", "refused"} else "unclear"
        return Judgement(result, seen.failure)
    kind, detail = _kind_of(seen, seen.reply)
    return Judgement(_result_of(kind), kind, seen.reply.status, redact(seen.reply.url), detail)


def _result_of(kind: str) -> str:
    if kind in OK_KINDS:
        return "ok"
    if kind in MOVED_KINDS:
        return "moved"
    return "dead" if kind in DEAD_KINDS else "unclear"


def _kind_of(seen: Observation, reply: Reply) -> tuple[str, str]:
    if reply.challenged:
        return "bot_wall", ""
    if seen.link.start and (reply.status < 400 or reply.status in {400, 405}):
        return "form_starts", ""
    if reply.status in _OF_STATUS:
        return _OF_STATUS[reply.status], ""
    if reply.status >= 500:
        return "server_error", ""
    if reply.status == 304:
        return "unchanged", ""
    if reply.status not in {200, 203}:
        return "odd_status", ""
    return _kind_of_page(seen, reply)


def _kind_of_page(seen: Observation, reply: Reply) -> tuple[str, str]:
    sight = reply.sight
    told = what_page_says(sight) if sight is not None else None
    if told is not None:
        return told.kind, told.words
    away = _kind_of_way(seen, reply)
    if away:
        return away, ""
    if sight is None:
        return ("moved" if _is_elsewhere(seen.link.url, reply) else "document"), ""
    if sight.scripted:
        return "script_only", ""
    if _shows_the_same(reply, seen.stray) and not is_front_page(seen.link.url):
        # A frame that a script fills is the same everywhere as well; a site's own page leads on.
        is_frame = sight.has_script and sight.links < LINKS_OF_A_SITE
        return ("script_only" if is_frame else "same_as_any"), ""
    return ("moved" if _is_elsewhere(seen.link.url, reply) else "answered"), ""


def _kind_of_way(seen: Observation, reply: Reply) -> str:
    """Return what a way through redirects shows: that it ends where all ways of a host end, or at home."""
    if not reply.hops or is_front_page(seen.link.url):
        return ""
    stray = seen.stray
    if stray is not None and stray.hops and _same_address(stray.url, reply.url):
        return "to_home" if is_front_page(reply.url) else "to_landing"
    if not is_front_page(reply.url):
        return ""
    if _host(reply.url) != _host(seen.link.url):
        return "to_other_front"
    return "session_entry" if reply.sets_cookie else "to_home"


def is_front_page(url: str) -> bool:
    """Tell whether an address is the front page of its host, parameters left aside only if there are none."""
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def _shows_the_same(reply: Reply, stray: Reply | None) -> bool:
    """Tell whether the page is what the host shows for any path."""
    if stray is None or stray.sight is None or reply.sight is None or stray.status != 200:
        return False
    return bool(reply.sight.text) and reply.sight.print == stray.sight.print


def _is_elsewhere(url: str, reply: Reply) -> bool:
    """Tell whether an answer came from another address; scheme, ``www.`` and a closing slash are none."""
    return bool(reply.hops) and not _same_address(url, reply.url)


def _same_address(one: str, other: str) -> bool:
    return _comparable(one) == _comparable(other)


def _comparable(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return _host(url), parts.path.rstrip("/"), parts.query


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


#: Kinds that may be of our own network: whoever judges a whole night has to look at all hosts.
MAYBE_OURS: Final = NOBODY
