"""Leistungen become services: titles, keys, texts and validity, however irregular they are."""

from __future__ import annotations

import pytest

from catalogue.records import Record, Service
from tests.connectors.xzufi_reading import ID, issues, message, module, noted, objects, read, write


def service(*children: str) -> Service:
    (record,) = objects(f"<leistung>{ID}{''.join(children)}</leistung>")
    assert isinstance(record, Service)
    return record


class TestTitles:
    def test_the_citizens_title_comes_before_the_official_one(self) -> None:
        read_title = service(module("de:Anmeldung", code="02"), module("de:Hund anmelden"))
        assert (read_title.title, read_title.official_title) == ("Hund anmelden", "Anmeldung")

    def test_without_a_citizens_title_the_official_one_serves(self) -> None:
        assert service(module("de:Anmeldung", code="02")).title == "Anmeldung"
        assert service(module("de:-"), module("de:Anmeldung", code="02")).title == "Anmeldung"

    @pytest.mark.parametrize(
        ("texts", "chosen"),
        [
            (("en:B", "de-AT:C", "A", "de:D"), "D"),
            (("en:B", "A", "de-AT:C"), "C"),
            (("en:B", "A"), "A"),
            (("en:B", "fr:C"), "B"),
            (("DE:A",), "A"),
            (("en:B", "de:", "de-DE:-"), "B"),
            (("de:Keine Angabe", "de-DE:A"), "A"),
        ],
    )
    def test_german_comes_first_then_what_says_anything(self, texts: tuple[str, ...], chosen: str) -> None:
        assert service(module(*texts)).title == chosen

    def test_the_same_language_twice_is_noted_and_the_first_one_counts(self) -> None:
        given = f"<leistung>{ID}{module('de:Erster', 'de:Zweiter')}</leistung>"
        assert objects(given) == [Service("L1:4711", "Erster")]
        assert noted(given) == [("title_repeated", "L1:4711", "03")]

    def test_the_same_module_once_per_channel_is_nothing_to_note(self) -> None:
        given = f"<leistung>{ID}{module('de:Erster')}{module('de:Zweiter')}</leistung>"
        assert objects(given) == [Service("L1:4711", "Erster")]
        assert noted(given) == []

    @pytest.mark.parametrize(
        "empty",
        ["", "-", "Nicht angegeben", "keine Angabe", "&lt;br&gt;", "&amp;nbsp;", "\u00a0", "\r\n", " – "],
    )
    def test_placeholders_are_no_titles(self, empty: str) -> None:
        given = f"<leistung>{ID}{module(empty)}{module(empty, code='02')}</leistung>"
        assert objects(given) == [Service("L1:4711", "")]
        assert noted(given) == [("service_without_title", "L1:4711", "")]

    @pytest.mark.parametrize(
        "markup",
        [
            "&lt;p class=&quot;MsoNormal&quot;&gt;Hund&amp;nbsp;anmelden&lt;/p&gt;",
            "<![CDATA[<b>Hund</b> anmelden]]>",
            "<p>Hund</p><p>anmelden</p>",
            "- Hund anmelden",
        ],
    )
    def test_markup_in_titles_goes(self, markup: str) -> None:
        assert service(module(markup)).title == "Hund anmelden"

    def test_very_long_titles_are_cut(self) -> None:
        assert len(service(module("x" * 5_000)).title) == 500


class TestKeysAndTypes:
    def test_several_keys_are_all_reported_once_in_their_order(self) -> None:
        keys = "".join(
            f"<referenzLeiKa><code>{key}</code></referenzLeiKa>" for key in ("99002", " 99001 ", "99002", "")
        )
        assert service(keys).keys == ("99002", "99001")

    def test_the_key_of_newer_versions_is_a_text(self) -> None:
        key = "<referenzLeistungsschluessel>99001003104000</referenzLeistungsschluessel>"
        assert service(key).keys == ("99001003104000",)

    def test_the_key_of_older_versions_is_a_secondary_id_of_fourteen_digits(self) -> None:
        ids = "<idSekundaer>intern-12</idSekundaer><idSekundaer>99 001 003 104 000</idSekundaer>"
        assert service(ids).keys == ("99001003104000",)

    def test_a_secondary_id_is_no_key_beside_a_reference(self) -> None:
        ids = "<idSekundaer>99001003104000</idSekundaer>"
        assert service(ids, "<referenzLeiKa><code>99001003000000</code></referenzLeiKa>").keys == (
            "99001003000000",
        )

    @pytest.mark.parametrize(
        ("structure", "keys"),
        [
            ("<verrichtung><verrichtungLeiKa><code>104</code></verrichtungLeiKa></verrichtung>", True),
            ("<verrichtungLeiKa><code>104</code></verrichtungLeiKa>", True),
            ("<verrichtungLeiKa/>", False),
            ("<verrichtung/>", False),
            ("<verrichtungLeiKa><code>1040</code></verrichtungLeiKa>", False),
            ("", False),
        ],
    )
    def test_without_any_key_the_structure_makes_one(self, structure: str, keys: bool) -> None:
        given = (
            '<struktur xsi:type="a:LeistungsstrukturObjektMitVerrichtung">'
            f"<leistungsobjektID>99001003000000</leistungsobjektID>{structure}</struktur>"
        )
        assert service(given).keys == (("99001003104000",) if keys else ())
        expected = [("key_from_structure", "L1:4711", "99001003104000")] if keys else []
        assert noted(f"<leistung>{ID}{given}{module('Titel')}</leistung>") == expected

    def test_the_structure_of_a_detail_makes_none(self) -> None:
        given = (
            '<struktur xsi:type="a:LeistungsstrukturObjektMitVerrichtungUndDetail">'
            "<leistungsobjektID>99001003000000</leistungsobjektID>"
            "<verrichtungLeiKa><code>104</code></verrichtungLeiKa></struktur>"
        )
        assert service(given).keys == ()

    def test_several_types_are_all_reported(self) -> None:
        types = "<typisierung><code>1</code></typisierung><typisierung><code>2/3b</code></typisierung>"
        assert service(types).types == ("1", "2/3b")

    @pytest.mark.parametrize(
        "code",
        [
            '<code xmlns="">1</code>',
            "<code>1</code>",
            '<code xmlns="urn:anders">1</code>',
            '<name xmlns="">eins</name><code xmlns="">1</code>',
            "1",
        ],
    )
    def test_codes_may_be_in_any_namespace(self, code: str) -> None:
        assert service(f"<typisierung>{code}</typisierung>").types == ("1",)


class TestTexts:
    @pytest.mark.parametrize("code", ["05", "06", "07", "15", "99", "6"])
    def test_a_text_module_with_text_counts(self, code: str) -> None:
        assert service(module("Beschreibung", code=code)).has_text

    @pytest.mark.parametrize(
        "text", ["", "&lt;br&gt;", "Nicht angegeben", "&lt;p&gt;&amp;nbsp;&lt;/p&gt;", "-"]
    )
    def test_a_text_module_that_says_nothing_does_not(self, text: str) -> None:
        assert not service(module(text, code="06"), module("Titel")).has_text

    def test_a_text_module_without_code_counts(self) -> None:
        assert service("<modulText><inhalt>Beschreibung</inhalt></modulText>").has_text

    def test_an_empty_text_module_does_not(self) -> None:
        assert not service("<modulText/>").has_text

    def test_a_module_without_text_but_with_a_link_counts(self) -> None:
        link = "<weiterfuehrenderLink><uri>https://a.example/</uri></weiterfuehrenderLink>"
        code = "<leikaTextmodul><code>15</code></leikaTextmodul>"
        assert service(f"<modulText>{code}<inhalt/>{link}</modulText>").has_text
        assert service(f"<modulAuskunftshinweis>{link}</modulAuskunftshinweis>").has_text
        empty = "<weiterfuehrenderLink><uri> </uri></weiterfuehrenderLink>"
        assert not service(f"<modulAuskunftshinweis>{empty}</modulAuskunftshinweis>").has_text

    @pytest.mark.parametrize(
        ("module", "has_text"),
        [
            ("<modulKosten><beschreibung>25 Euro</beschreibung></modulKosten>", True),
            ("<modulKosten><kosten><betrag>25</betrag></kosten></modulKosten>", True),
            ("<modulKosten><kosten/><beschreibung>-</beschreibung></modulKosten>", False),
            ("<modulFrist><frist><dauer>2</dauer></frist><beschreibung/></modulFrist>", True),
            ("<modulTextIndividuell><inhalt>Mehr</inhalt></modulTextIndividuell>", True),
            ("<modulDokument><dokumentEingehend><typ/></dokumentEingehend></modulDokument>", True),
            ("<modulBearbeitungsdauer><position>1</position></modulBearbeitungsdauer>", False),
            ("<modulBegriffImKontext><inhalt>Synonym</inhalt></modulBegriffImKontext>", False),
            ("<modulFachlicheFreigabe><inhalt>Ministerium</inhalt></modulFachlicheFreigabe>", False),
            ("<modulUrsprungsportal><uri>http://portal/1</uri></modulUrsprungsportal>", False),
        ],
    )
    def test_other_modules_count_if_they_describe_the_service(self, module: str, has_text: bool) -> None:
        assert service(module).has_text is has_text

    def test_the_first_link_of_the_forms_module_leads_to_the_form(self) -> None:
        links = "".join(
            f"<weiterfuehrenderLink><uri>{uri}</uri></weiterfuehrenderLink>"
            for uri in ("", " https://a.example/1.pdf ", "https://a.example/2.pdf")
        )
        code = "<leikaTextmodul><code>14</code></leikaTextmodul>"
        before = service(f"<modulText>{links}{code}</modulText>", module("Beschreibung", code="06"))
        after = service(module("Beschreibung", code="06"), f"<modulText>{code}{links}</modulText>")
        assert before.form_url == after.form_url == "https://a.example/1.pdf"

    def test_links_of_other_modules_and_in_texts_lead_to_no_form(self) -> None:
        link = "<weiterfuehrenderLink><uri>https://a.example/</uri></weiterfuehrenderLink>"
        code = "<leikaTextmodul><code>15</code></leikaTextmodul>"
        other = f"<modulText>{code}{link}</modulText>"
        inside = module("&lt;a href='https://a.example/1.pdf'&gt;Formular&lt;/a&gt;", code="14")
        assert service(other, inside).form_url == ""


class TestValidity:
    def test_areas_and_dates_are_kept_as_delivered(self) -> None:
        record = service(
            "<gueltigkeitGebietID> 05 </gueltigkeitGebietID><gueltigkeitGebietID/>",
            "<gueltigkeit><beginn>2022-01-10</beginn><ende>2027-12-31</ende></gueltigkeit>",
        )
        assert record.valid_areas == ("05",)
        assert (record.valid_from, record.valid_to) == ("2022-01-10", "2027-12-31")

    @pytest.mark.parametrize(
        ("periods", "expected"),
        [
            ((("2019-01-01", "2019-12-31"), ("2021-01-01", "2021-12-31")), ("2019-01-01", "2021-12-31")),
            ((("2019-01-01", "2019-12-31"), ("2021-01-01", "")), ("2019-01-01", "")),
            ((("", "2019-12-31"), ("2021-01-01", "2021-12-31")), ("", "2021-12-31")),
        ],
    )
    def test_several_periods_are_taken_together(
        self, periods: tuple[tuple[str, str], ...], expected: tuple[str, str]
    ) -> None:
        given = "".join(
            f"<gueltigkeit><beginn>{begin}</beginn><ende>{end}</ende></gueltigkeit>" for begin, end in periods
        )
        record = service(given)
        assert (record.valid_from, record.valid_to) == expected

    @pytest.mark.parametrize("name", ["versionsinformation", "versionsinformationen"])
    @pytest.mark.parametrize(
        "moment",
        ["2025-03-13T17:21:09Z", "2025-03-13T17:21:09.123+01:00", "2025-03-13T17:21:09", "2025-03-13"],
    )
    def test_times_of_any_form_are_kept_as_delivered(self, name: str, moment: str) -> None:
        information = (
            f"<{name}><erstelltDatumZeit>2001-01-01</erstelltDatumZeit>"
            f"<geaendertDatumZeit>{moment}</geaendertDatumZeit></{name}>"
        )
        assert service(information).modified_at == moment

    def test_the_time_of_making_serves_where_nothing_was_changed(self) -> None:
        made = "<versionsinformation><erstelltDatumZeit>2001-01-01</erstelltDatumZeit></versionsinformation>"
        assert service(made).modified_at == "2001-01-01"


@pytest.mark.parametrize("version", ["2_1_0", "2_2_0", "2_3_0", "2_3_1"])
def test_all_versions_are_read_by_the_union_of_their_names(version: str) -> None:
    given = (
        f"<leistung>{ID}<idSekundaer>99001003104000</idSekundaer>{module('Titel')}"
        "<versionsinformationen><geaendertDatumZeit>2025-01-01</geaendertDatumZeit></versionsinformationen>"
        "</leistung>"
    )
    records: list[Record] = read(message(write(given), version=version))
    assert records[0] == Service("L1:4711", "Titel", keys=("99001003104000",), modified_at="2025-01-01")
    assert issues(records) == []
