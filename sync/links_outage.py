"""Whether our own network is what fails: then no link gets a strike for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.linkcheck.judging import Judgement
from connectors.linkcheck.observation import NOBODY

__all__ = ["OWN_NETWORK", "Night"]

OWN_NETWORK = Judgement("unclear", "own_network")
#: So many hosts must have answered for each that nobody answers at for the first time.
ANSWERS_PER_SILENCE = 2


@dataclass
class Night:
    """Which hosts answered in a night, and which did not though nobody knew them as dead."""

    answered: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def note(self, url: str, kind: str, *, known_dead: bool) -> None:
        """Take note of what was seen of one link. ``known_dead``: earlier nights gave strikes to it."""
        host = urlsplit(url).netloc
        if kind not in NOBODY:
            self.answered.add(host)
            self.silent.discard(host)
        elif host not in self.answered and not known_dead:
            self.silent.add(host)

    @property
    def is_outage(self) -> bool:
        """Tell whether so few hosts answered that the network may be ours.

        Hosts with strikes from nights without an outage are left aside: else a list of dead links would look
        like an outage for ever. Without a single answer nothing can be said in any case.
        """
        return not self.answered or len(self.silent) * ANSWERS_PER_SILENCE > len(self.answered)
