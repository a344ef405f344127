"""Responsibilities: who offers which services where, in both places where they stand."""

from __future__ import annotations

import re

import pytest

from catalogue.records import Issue, OfferKind, Record, Responsibility, Severity, Unit
from tests.connectors.xzufi_reading import issues, message, objects, read, write

PROVIDER = '<uebergeordnetesObjektID schemeAgencyID="L1">OE-1</uebergeordnetesObjektID>'
ID = '<id schemeAgencyID="L1" schemeID="ZustaendigkeitOrganisationseinheit">Z-1</id>'
SERVICE = '<leistungID schemeAgencyID="B1">0815</leistungID>'
EMPTY = "<uebergeordnetesObjektID/>"
EXPECTED = Responsibility("L1:Z-1", OfferKind.UNIT, "L1:OE-1", ("B1:0815",), ())


def transferred(*children: str, provider: str = PROVIDER, attributes: str = "") -> str:
    inner = f"<zustaendigkeit{attributes}>{''.join(children)}</zustaendigkeit>"
    return f"<zustaendigkeitTransferObjekt>{provider}{inner}</zustaendigkeitTransferObjekt>"


def embedded(*responsibilities: str) -> list[Record]:
    inner = "".join(f"<zustaendigkeit>{each}</zustaendigkeit>" for each in responsibilities)
    head = '<id schemeAgencyID="L1">OE-1</id><name><name>Amt</name></name>'
    return objects(f"<organisationseinheit>{head}{inner}</organisationseinheit>")


def only(given: str) -> Responsibility:
    (record,) = objects(given)
    assert isinstance(record, Responsibility)
    return record


def noted(given: str) -> list[Issue]:
    return issues(read(message(write(given)), delivery="increment"))


def test_a_responsibility_links_provider_service_and_areas() -> None:
    areas = "<gebietID>059990001001</gebietID><gebietID> 05 </gebietID>"
    role = '<rolle><code xmlns="">03</code><name xmlns="">Ansprechpunkt</name></rolle>'
    record = only(transferred(ID, SERVICE, areas, role))
    assert record == EXPECTED._replace(areas=("059990001001", "05"), role="03")


def test_it_stands_inside_a_unit_as_well() -> None:
    assert embedded(ID + SERVICE) == [Unit("L1:OE-1", "Amt"), EXPECTED]


def test_several_services_and_areas_are_all_kept() -> None:
    services = SERVICE + '<leistungID schemeAgencyID="L1">0816</leistungID><leistungID/>'
    areas = "<gebietID>05999</gebietID><gebietID/><gebietID>05998</gebietID>"
    record = only(transferred(ID, services, areas))
    assert record.service_refs == ("B1:0815", "L1:0816")
    assert record.areas == ("05999", "05998")


@pytest.mark.parametrize(
    "area",
    [
        "05",
        "059",
        "05999",
        "059990001",
        "059990001001",
        "05999001",
        "0599900000000",
        "000000000000",
        "7199001",
    ],
)
def test_areas_of_any_length_are_kept_as_delivered(area: str) -> None:
    assert only(transferred(ID, SERVICE, f"<gebietID>{area}</gebietID>")).areas == (area,)


def test_references_to_unknown_objects_are_kept() -> None:
    provider = '<uebergeordnetesObjektID schemeAgencyID="X9">nirgends</uebergeordnetesObjektID>'
    assert only(transferred(ID, SERVICE, provider=provider)).provider_ref == "X9:nirgends"


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        ("ZustaendigkeitOrganisationseinheit", OfferKind.UNIT),
        ("ZustaendigkeitOnlinedienst", OfferKind.ONLINE),
        ("ZustaendigkeitFormular", OfferKind.FORM),
    ],
)
class TestKinds:
    def test_the_id_tells_the_kind(self, scheme: str, kind: OfferKind) -> None:
        given = transferred(
            f'<id schemeAgencyID="L1" schemeID="{scheme}">Z-1</id>',
            SERVICE,
            attributes=' xsi:type="x:ZustaendigkeitOrganisationseinheit"',
        )
        assert only(given).kind is kind
        assert noted(given) == []

    def test_else_the_type_does(self, scheme: str, kind: OfferKind) -> None:
        for prefix in ("xzufi:", ""):
            given = transferred(
                '<id schemeAgencyID="L1" schemeID="Zustaendigkeit">Z-1</id>',
                SERVICE,
                attributes=f' xsi:type="{prefix}{scheme}"',
                provider='<uebergeordnetesObjektID schemeID="Onlinedienst">1</uebergeordnetesObjektID>',
            )
            assert only(given).kind is kind
            assert noted(given) == []

    def test_else_the_class_of_the_provider_does(self, scheme: str, kind: OfferKind) -> None:
        name = scheme.removeprefix("Zustaendigkeit")
        provider = f'<uebergeordnetesObjektID schemeID="{name}">1</uebergeordnetesObjektID>'
        given = transferred("<id>Z-1</id>", SERVICE, provider=provider)
        assert only(given).kind is kind
        assert noted(given) == []


def test_a_kind_that_nothing_tells_is_a_unit_and_noted() -> None:
    given = transferred('<id schemeAgencyID="L1">Z-1</id>', SERVICE)
    assert only(given) == EXPECTED
    assert noted(given) == [Issue(Severity.NOTICE, "responsibility_kind_unknown", "L1:Z-1")]


def test_inside_a_unit_it_is_the_unit_s() -> None:
    assert embedded(f'<id schemeAgencyID="L1">Z-1</id>{SERVICE}')[1] == EXPECTED


class TestWithoutId:
    def test_inside_a_unit_it_gets_a_key_that_stays_the_same(self) -> None:
        area = "<gebietID>05</gebietID>"
        first, second = embedded(SERVICE + area)[1], embedded(area + SERVICE)[1]
        assert first == second
        assert first[0].startswith("L1:OE-1~")

    def test_another_content_makes_another_key(self) -> None:
        contents = [SERVICE, SERVICE + "<gebietID>05</gebietID>", SERVICE + "<rolle><code>01</code></rolle>"]
        refs = [record[0] for record in embedded(*contents)]
        assert len(set(refs)) == 4

    def test_on_its_own_it_cannot_be_used(self) -> None:
        given = transferred("<id/>", SERVICE, provider=PROVIDER.replace(">OE", ' schemeID="Onlinedienst">OE'))
        assert noted(given) == [Issue(Severity.SKIPPED, "object_without_id", "#1", "zustaendigkeit")]


@pytest.mark.parametrize(
    ("given", "kind", "record"),
    [
        (transferred(ID), "responsibility_without_service", "L1:Z-1"),
        (transferred(ID, "<leistungID> </leistungID>"), "responsibility_without_service", "L1:Z-1"),
        (transferred(provider=""), "responsibility_without_service", "#1"),
        (transferred(ID, SERVICE, provider=""), "responsibility_without_provider", "L1:Z-1"),
        (transferred(ID, SERVICE, provider=EMPTY), "responsibility_without_provider", "L1:Z-1"),
        (transferred().replace("<zustaendigkeit></zustaendigkeit>", ""), "responsibility_empty", "L1:OE-1"),
        ("<zustaendigkeitTransferObjekt/>", "responsibility_empty", "#1"),
    ],
)
def test_what_leads_nowhere_is_counted_and_not_used(given: str, kind: str, record: str) -> None:
    found = [issue for issue in noted(given) if issue.severity is Severity.SKIPPED]
    assert found == [Issue(Severity.SKIPPED, kind, record)]
    assert objects(f"<leistung>{ID}</leistung>", given)[1:] == []


def test_the_provider_may_come_after_the_responsibility() -> None:
    inner = f"<zustaendigkeit>{ID}{SERVICE}</zustaendigkeit>"
    assert (
        only(f"<zustaendigkeitTransferObjekt>{inner}<x/>{PROVIDER}</zustaendigkeitTransferObjekt>")
        == EXPECTED
    )


def test_several_responsibilities_of_one_provider_are_all_read() -> None:
    inner = f"<zustaendigkeit>{ID}{SERVICE}</zustaendigkeit>"
    both = inner + inner.replace("Z-1", "Z-2")
    found = objects(f"<zustaendigkeitTransferObjekt>{PROVIDER}{both}</zustaendigkeitTransferObjekt>")
    assert [record[0] for record in found] == ["L1:Z-1", "L1:Z-2"]


@pytest.mark.parametrize(
    "namespace", ["", "http://xoev.de/schemata/xzufi/2_1_0", "https://xoev.de/schemata/xzufi/2_3_1"]
)
def test_elements_of_another_version_or_none_are_read_all_the_same(namespace: str) -> None:
    given = transferred(ID, SERVICE, "<gebietID>05</gebietID>", "<rolle><code>01</code></rolle>")
    expected = EXPECTED._replace(areas=("05",), role="01")
    for name in (
        "zustaendigkeitTransferObjekt",
        "uebergeordnetesObjektID",
        "zustaendigkeit",
        "gebietID",
        "rolle",
    ):
        moved = re.sub(rf"<{name}(?=[ >])", f'<{name} xmlns="{namespace}"', given)
        assert only(moved) == expected


def test_elements_of_anything_else_are_not() -> None:
    foreign = '<gebietID xmlns="urn:anders">05</gebietID><x:leistungID xmlns:x="http://xoev.de/anders">1</x:leistungID>'
    assert only(transferred(ID, SERVICE, foreign)) == EXPECTED
