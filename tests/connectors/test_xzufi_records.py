"""XZuFi objects become records, however irregular they are. Most of this has been seen in deliveries."""

from __future__ import annotations

import pytest

from catalogue.records import Issue, OnlineService, Service, Severity, Specialisation, Unit
from tests.connectors.xzufi_reading import ID, issues, message, module, noted, objects, read, write


def service(*children: str) -> Service:
    (record,) = objects(f"<leistung>{ID}{''.join(children)}</leistung>")
    assert isinstance(record, Service)
    return record


def unit(*children: str) -> Unit:
    record = objects(f"<organisationseinheit>{ID}{''.join(children)}</organisationseinheit>")[0]
    assert isinstance(record, Unit)
    return record


def online_service(*children: str) -> OnlineService:
    (record,) = objects(f"<onlinedienst>{ID}{''.join(children)}</onlinedienst>")
    assert isinstance(record, OnlineService)
    return record


class TestIdentifiers:
    def test_the_same_id_of_another_agency_or_class_is_another_object(self) -> None:
        records = objects(
            '<leistung><id schemeAgencyID="L1">7</id></leistung>',
            '<leistung><id schemeAgencyID="L2">7</id></leistung>',
            '<onlinedienst><id schemeAgencyID="L1">7</id></onlinedienst>',
        )
        assert [(type(record), record[0]) for record in records] == [
            (Service, "L1:7"),
            (Service, "L2:7"),
            (OnlineService, "L1:7"),
        ]

    def test_the_scheme_of_an_id_is_no_part_of_it(self) -> None:
        with_scheme = objects('<leistung><id schemeAgencyID="L1" schemeID="Leistung">7</id></leistung>')
        assert with_scheme == objects('<leistung><id schemeAgencyID="L1">7</id></leistung>')

    def test_ids_keep_leading_zeros_and_lose_white_space(self) -> None:
        (record,) = objects('<leistung><id schemeAgencyID=" L1 ">\n 0007 \n</id></leistung>')
        assert record[0] == "L1:0007"

    def test_an_id_without_agency_is_used(self) -> None:
        (record,) = objects("<leistung><id>7</id></leistung>")
        assert record[0] == ":7"

    @pytest.mark.parametrize("name", ["leistung", "spezialisierung", "organisationseinheit", "onlinedienst"])
    @pytest.mark.parametrize("identifier", ["", "<id/>", '<id schemeAgencyID="L1"> </id>'])
    def test_an_object_without_id_is_counted_and_not_used(self, name: str, identifier: str) -> None:
        given = [f"<leistung>{ID}{module('Titel')}</leistung>", f"<{name}>{identifier}</{name}>"]
        records = read(message(write(*given)))
        assert issues(records) == [Issue(Severity.SKIPPED, "object_without_id", "#2", name)]
        assert len(records) == 3

    def test_everything_else_may_be_missing(self) -> None:
        assert service() == Service("L1:4711", "")
        assert unit() == Unit("L1:4711", "")
        assert online_service() == OnlineService("L1:4711", "")

    def test_children_may_come_in_any_order_and_unknown_ones_among_them(self) -> None:
        text = module("Titel")
        mixed = f"<leistung><zukunft><id>9</id></zukunft>{text}<typisierung/>{ID}</leistung>"
        (record,) = objects(mixed)
        assert record == Service("L1:4711", "Titel")


class TestSpecialisations:
    def test_it_says_which_service_deviates_where(self) -> None:
        given = (
            f'<spezialisierung>{ID}<leistungID schemeAgencyID="B1">0815</leistungID>{module("Text")}'
            "<gueltigkeitGebietID>059990001001</gueltigkeitGebietID><versionsinformationen>"
            "<geaendertDatumZeit>2025-01-01</geaendertDatumZeit></versionsinformationen></spezialisierung>"
        )
        expected = Specialisation("L1:4711", "B1:0815", ("059990001001",), "2025-01-01")
        assert objects(given) == [expected]

    def test_without_a_service_it_is_of_no_use(self) -> None:
        assert noted(f"<spezialisierung>{ID}<leistungID/></spezialisierung>") == [
            ("specialisation_without_service", "L1:4711", "")
        ]


class TestUnits:
    def test_the_name_is_inside_a_name(self) -> None:
        names = '<name languageCode="en">Office</name><name languageCode="de">Amt</name>'
        assert unit(f"<name>{names}</name>").name == "Amt"
        assert unit("<name>Amt ohne Hülle</name>").name == "Amt ohne Hülle"

    @pytest.mark.parametrize("name", ["", "<name/>", "<name><name>-</name></name>"])
    def test_a_unit_without_name_is_used_and_noted(self, name: str) -> None:
        assert unit(name) == Unit("L1:4711", "")
        assert noted(f"<organisationseinheit>{ID}{name}</organisationseinheit>") == [
            ("unit_without_name", "L1:4711", "")
        ]

    @pytest.mark.parametrize(
        ("addresses", "area"),
        [
            ((("gemeindeschluessel", "05999001"), ("regionalschluessel", "059990001001")), "059990001001"),
            ((("regionalschluessel", ""), ("gemeindeschluessel", "05999001")), "05999001"),
            ((("kreis", "05999"), ("bundesland", "05")), ""),
            ((), ""),
        ],
    )
    def test_the_area_is_that_of_the_address(self, addresses: tuple[tuple[str, str], ...], area: str) -> None:
        keys = "".join(f"<{name}><code>{key}</code></{name}>" for name, key in addresses)
        coding = f"<verwaltungspolitischeKodierung>{keys}</verwaltungspolitischeKodierung>"
        assert unit(f"<anschrift><ort>Auental</ort>{coding}</anschrift>").area == area

    def test_of_several_addresses_the_first_regional_key_counts(self) -> None:
        def address(name: str, key: str) -> str:
            coding = f"<{name}><code>{key}</code></{name}>"
            wrapped = f"<verwaltungspolitischeKodierung>{coding}</verwaltungspolitischeKodierung>"
            return f"<anschrift>{wrapped}</anschrift>"

        record = unit(
            "<anschrift/>",
            address("gemeindeschluessel", "05999001"),
            address("regionalschluessel", "059990001001"),
            address("regionalschluessel", "059990001002"),
        )
        assert record.area == "059990001001"

    def test_nothing_about_persons_is_read(self) -> None:
        given = (
            f"<organisationseinheit>{ID}<name><name>Amt</name></name>"
            "<kommunikation><kanal><code>01</code></kanal><kennung>erika@auental.example</kennung></kommunikation>"
            "<kontaktperson><familienname>Mustermann</familienname><name>Erika</name></kontaktperson>"
            "</organisationseinheit>"
        )
        assert objects(given) == [Unit("L1:4711", "Amt")]


class TestOnlineServices:
    @staticmethod
    def link(url: str, kind: str = "", title: str = "") -> str:
        code = f"<typ><code>{kind}</code></typ>" if kind else ""
        return f"<link>{code}<link>{url}</link><titel>{title}</titel></link>"

    def test_the_first_link_to_the_start_counts(self) -> None:
        record = online_service(
            self.link("https://a.example/hilfe", "02"),
            self.link("", "01"),
            self.link(" https://a.example/start ", "01"),
            self.link("https://a.example/anders", "01"),
        )
        assert (record.url, record.link_type) == ("https://a.example/start", "01")

    def test_a_link_without_type_leads_to_the_start(self) -> None:
        record = online_service(self.link("https://a.example/hilfe", "02"), self.link("https://a.example/"))
        assert (record.url, record.link_type) == ("https://a.example/", "")

    def test_another_link_is_used_if_there_is_no_better_one(self) -> None:
        link = self.link("https://a.example/hilfe", "02")
        record = online_service(link)
        assert (record.url, record.link_type) == ("https://a.example/hilfe", "02")
        assert noted(f"<onlinedienst>{ID}{link}</onlinedienst>") == [("link_type_unknown", "L1:4711", "02")]

    @pytest.mark.parametrize("link", ["", "<link/>", "<link><typ><code>01</code></typ></link>"])
    def test_without_any_link_it_is_noted(self, link: str) -> None:
        assert online_service(link).url == ""
        kinds = [kind for kind, _, _ in noted(f"<onlinedienst>{ID}{link}</onlinedienst>")]
        assert kinds == ["online_service_without_link"]

    @pytest.mark.parametrize(
        "url", ["https://a.example/{ags}?id=${x}", "http://portal/1", "https://a.example/?a=b&amp;c=d"]
    )
    def test_addresses_are_kept_as_they_are(self, url: str) -> None:
        assert online_service(self.link(url)).url == url.replace("&amp;", "&")

    def test_the_address_may_have_other_names(self) -> None:
        assert online_service("<link><uri>https://a.example/</uri></link>").url == "https://a.example/"
        assert online_service("<link>https://a.example/</link>").url == "https://a.example/"

    @pytest.mark.parametrize(
        ("name", "titles", "expected"),
        [
            ("Dienst", ("Start", "Hilfe"), "Dienst"),
            ("", ("Start", "Hilfe"), "Start"),
            ("-", ("", "Hilfe"), "Hilfe"),
            ("", ("", ""), ""),
        ],
    )
    def test_the_name_may_be_that_of_a_link(self, name: str, titles: tuple[str, str], expected: str) -> None:
        record = online_service(
            f'<bezeichnung languageCode="de">{name}</bezeichnung>',
            self.link("https://a.example/", "01", titles[0]),
            self.link("https://a.example/hilfe", "02", titles[1]),
        )
        assert record.name == expected

    def test_the_level_of_trust_is_kept(self) -> None:
        assert online_service("<vertrauensniveau><code>20</code></vertrauensniveau>").trust_level == "20"


def test_every_class_says_when_it_was_changed() -> None:
    changed = "<versionsinformation><geaendertDatumZeit>2025-01-01</geaendertDatumZeit></versionsinformation>"
    assert service(changed).modified_at == "2025-01-01"
    assert unit(changed).modified_at == "2025-01-01"
    assert online_service(changed).modified_at == "2025-01-01"
