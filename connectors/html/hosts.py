"""Who operates what a link leads to, told by its host."""

from __future__ import annotations

from connectors.html.address import host_of
from connectors.html.ruleset import PageRules

__all__ = ["Operators"]

SHORTEST_NAME = 4  # letters of a town's name that say something in another host


class Operators:
    """Judges hosts as seen from one page."""

    def __init__(self, page_url: str, rules: PageRules) -> None:
        self.rules = rules
        self.host = host_of(page_url)
        self.domain = _domain(self.host, rules)
        self.name = self.domain.partition(".")[0]
        #: Set where the page itself is on a portal of the Land, the Bund or another one.
        self.page_operator = self._by_rule(self.host)
        self._known: dict[str, str] = {}

    def of(self, url: str) -> str:
        """Return own, kreis, land, bund, efa or shared; empty if the host does not tell."""
        host = host_of(url)
        known = self._known.get(host)
        if known is None:
            known = self._known[host] = self._judge(host)
        return known

    def _judge(self, host: str) -> str:
        if _domain(host, self.rules) == self.domain:
            return self.page_operator if self.page_operator in ("land", "bund", "efa") else "own"
        operator = self._by_rule(host)
        if operator and operator != "own":
            return operator
        parts = host.replace("-", ".").split(".")
        if operator or (len(self.name) >= SHORTEST_NAME and self.name in parts):
            return "own"
        return ""

    def _by_rule(self, host: str) -> str:
        hosts = self.rules.hosts
        rest = host
        while rest:
            if rest in hosts:
                return hosts[rest]
            rest = rest.partition(".")[2]
        for operator, pattern in self.rules.host_patterns:
            if pattern.search(host):
                return operator
        return ""


def _domain(host: str, rules: PageRules) -> str:
    """Return the part of a host that one organisation has registered; the whole below shared domains."""
    labels = host.split(".")
    for depth in (2, 3):
        if ".".join(labels[-depth:]) in rules.shared_domains:
            return ".".join(labels[-depth - 1 :])
    return ".".join(labels[-2:])
