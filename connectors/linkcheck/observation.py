"""What was seen of one link in one night, as plain data that a judgement rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from connectors.fetch import Validators

__all__ = ["FAILURES", "NOBODY", "Link", "Observation", "Reply", "Sight"]

#: Why there was no reply, as :class:`Observation` names it.
FAILURES = (
    "name_unknown",  # the name system says that there is no such host
    "name_unclear",  # the name system does not say
    "refused",  # nobody listens at the address
    "timed_out",
    "broken_off",
    "certificate",
    "too_many_redirects",
    "bad_redirect",
    "downgrade",  # a redirect from an encrypted address to one that is not
    "private",  # the name leads into a network that is not to be asked
    "unreadable",  # the body is in a form that cannot be read
    "robots",  # not asked, as robots.txt forbids it
    "robots_unknown",  # not asked, as nobody knows what robots.txt says
)
#: Failures in which nobody answers at all: they may be of our own network as well.
NOBODY = frozenset({"name_unknown", "name_unclear", "refused", "timed_out"})


NO_VALIDATORS: Final = Validators()


class Link(NamedTuple):
    """An address to be checked. ``start`` starts a form: only the first response is looked at."""

    url: str
    start: bool = False
    validators: Validators = NO_VALIDATORS


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page looks like. ``print`` is the same for pages that differ in numbers and addresses only."""

    title: str = ""
    headings: tuple[str, ...] = ()
    text: str = ""  # of the main part, without menus, banners and feet; at most some thousand characters
    length: int = 0  # characters of that text before it was cut
    fields: int = 0  # that somebody can fill in
    password: bool = False
    links: int = 0  # that lead anywhere
    has_script: bool = False
    scripted: bool = False  # what is to be seen is made by a script
    refresh: str = ""  # where the page itself leads at once
    print: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The last response to a request, and the way to it."""

    url: str
    status: int
    hops: tuple[str, ...] = ()  # targets of redirects in their order
    content_type: str = ""
    sets_cookie: bool = False  # somewhere on the way
    challenged: bool = False  # a header says that robots are turned away
    validators: Validators = NO_VALIDATORS
    sight: Sight | None = None  # of a page whose body was read


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of asking for a link: a reply, or the reason why there is none.

    ``stray`` is what the same host answers for a path beside it that cannot exist; None if that was not
    asked, or nobody answered.
    """

    link: Link
    reply: Reply | None = None
    failure: str = ""
    stray: Reply | None = None
