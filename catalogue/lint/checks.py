"""All checks in the order in which they are told; docs/pruefbericht.md explains each.

A check is a function over the workbench that returns a query (class, ref, title, element, found) or rows of
that kind, or says why it cannot be made of this delivery.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from catalogue.lint import delivery, links, relations, services
from catalogue.lint.bench import Bench, Row
from catalogue.lint.rules import MUST, SEVERITIES, SHOULD, LintRules
from catalogue.lint.unable import Unable

__all__ = ["CHECKS", "NOT_KEPT", "Check", "ordered_checks"]

Look: TypeAlias = Callable[[Bench], str | list[Row] | Unable]


class Check(NamedTuple):
    """A check with the severity it has unless the rules say otherwise."""

    code: str
    severity: str
    look: Look


CHECKS: Final = (
    Check("title_missing", MUST, services.title_missing),
    Check("title_placeholder", MUST, services.title_placeholder),
    Check("title_garbled", MUST, services.title_garbled),
    Check("key_malformed", MUST, services.key_malformed),
    Check("key_contradiction", MUST, services.key_contradiction),
    Check("validity_ended", MUST, services.validity_ended),
    Check("validity_reversed", MUST, services.validity_reversed),
    Check("date_future", MUST, services.date_future),
    Check("service_dangling", MUST, relations.service_dangling),
    Check("provider_dangling", MUST, relations.provider_dangling),
    Check("area_missing", MUST, relations.area_missing),
    Check("area_malformed", MUST, relations.area_malformed),
    Check("area_unknown", MUST, relations.area_unknown),
    Check("link_missing", MUST, links.link_missing),
    Check("link_scheme", MUST, links.link_scheme),
    Check("link_malformed", MUST, links.link_malformed),
    Check("link_session", MUST, links.link_session),
    Check("object_contradictory", MUST, delivery.object_contradictory),
    Check("reader_skipped", MUST, delivery.reader_skipped),
    Check("key_missing", SHOULD, services.key_missing),
    Check("key_unknown", SHOULD, services.key_unknown),
    Check("title_duplicate", SHOULD, services.title_duplicate),
    Check("text_missing", SHOULD, services.text_missing),
    Check("name_missing", SHOULD, services.name_missing),
    Check("date_malformed", SHOULD, services.date_malformed),
    Check("date_old", SHOULD, services.date_old),
    Check("service_unclaimed", SHOULD, relations.service_unclaimed),
    Check("unit_missing", SHOULD, relations.unit_missing),
    Check("service_elsewhere", SHOULD, relations.service_elsewhere),
    Check("provider_elsewhere", SHOULD, relations.provider_elsewhere),
    Check("online_unclaimed", SHOULD, relations.online_unclaimed),
    Check("area_abolished", SHOULD, relations.area_abolished),
    Check("link_foreign_location", SHOULD, links.link_foreign_location),
    Check("object_repeated", SHOULD, delivery.object_repeated),
    Check("deletion_orphan", SHOULD, delivery.deletion_orphan),
    Check("reader_notice", SHOULD, delivery.reader_notice),
)
#: What cannot be looked at in any delivery, since connectors do not keep it.
NOT_KEPT: Final = (
    "text_placeholder",
    "text_duplicate",
    "text_markup",
    "language_code",
    "form_dangling",
    "document_unused",
)


def ordered_checks(rules: LintRules) -> list[Check]:
    """Return the checks with the severities that the rules give them, all of "must" first."""
    judged = [one._replace(severity=rules.severity.get(one.code, one.severity)) for one in CHECKS]
    return sorted(judged, key=lambda one: SEVERITIES.index(one.severity))
