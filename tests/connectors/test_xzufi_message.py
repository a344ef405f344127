"""XZuFi messages: which elements hold objects, in what order, and what is unknown among them."""

from __future__ import annotations

import pytest

from catalogue.records import Completeness, Deletion, Issue, ObjectClass, Severity
from connectors import xmlstream
from connectors.errors import RejectDelivery
from tests.connectors.xzufi_reading import issues, message, read, scope, write

LEISTUNG = (
    '<leistung><id schemeAgencyID="L1">{}</id><modulText><leikaTextmodul><code>02</code></leikaTextmodul>'
    "<inhalt>Titel</inhalt></modulText></leistung>"
)
A, B, C = (LEISTUNG.format(name) for name in "ABC")


def result(name: str) -> str:
    return LEISTUNG.format(name).replace("leistung>", "ergebnisLeistung>")


def delete(name: str, kind: str = "Leistung") -> str:
    return f'<loesche klasse="{kind}"><id schemeAgencyID="L1" schemeID="egal">{name}</id></loesche>'


def refs(xml: str, **settings: object) -> list[str]:
    """Return the refs of all records in their order, deleted ones with a minus."""
    shown = []
    for record in read(xml, **settings):
        if isinstance(record, Deletion):
            shown.append(f"-{record.ref}")
        elif not isinstance(record, Issue | Completeness):
            shown.append(record[0])
    return shown


def skipped(kind: str, record: str, detail: str = "") -> Issue:
    return Issue(Severity.SKIPPED, kind, record, detail)


def test_operations_are_read_in_document_order() -> None:
    xml = message(write(A), delete("A"), delete("B"), write(B), write(A))
    assert refs(xml) == ["L1:A", "-L1:A", "-L1:B", "L1:B", "L1:A"]


@pytest.mark.parametrize(
    ("stated", "object_class"),
    [
        ("Leistung", ObjectClass.SERVICE),
        ("LeistungSpezialisierung", ObjectClass.SPECIALISATION),
        ("Spezialisierung", ObjectClass.SPECIALISATION),
        ("Organisationseinheit", ObjectClass.UNIT),
        ("Onlinedienst", ObjectClass.ONLINE_SERVICE),
        ("Zustaendigkeit", ObjectClass.RESPONSIBILITY),
        (" Zustaendigkeit ", ObjectClass.RESPONSIBILITY),
    ],
)
def test_deletions_name_their_class(stated: str, object_class: ObjectClass) -> None:
    assert read(message(delete("A", stated)))[0] == Deletion(object_class, "L1:A")


def test_a_deletion_may_name_several_objects() -> None:
    both = '<loesche klasse="Leistung"><id>A</id><id>B</id></loesche>'
    assert refs(message(both)) == ["-:A", "-:B"]


def test_a_deletion_without_id_is_counted() -> None:
    xml = message(write(A), '<loesche klasse="Leistung"><id/></loesche><loesche klasse="Leistung"/>')
    assert issues(read(xml, delivery="increment")) == [
        skipped("object_without_id", "#2", "loesche"),
        skipped("object_without_id", "#3", "loesche"),
    ]


@pytest.mark.parametrize("attribute", ['klasse="Formular"', 'klasse=""', ""])
def test_a_deletion_of_an_unknown_class_is_counted(attribute: str) -> None:
    xml = message(f"<loesche {attribute}><id>A</id></loesche>")
    detail = "Formular" if "Formular" in attribute else ""
    assert issues(read(xml, delivery="increment")) == [skipped("unknown_class", "#1", detail)]


def test_a_write_may_hold_several_objects() -> None:
    assert refs(message(f"<schreibe>{A}{B}</schreibe>")) == ["L1:A", "L1:B"]


def test_an_empty_write_is_counted() -> None:
    records = read(message("<schreibe/>", write(A), "<schreibe> </schreibe>"))
    assert issues(records) == [skipped("empty_write", "#1"), skipped("empty_write", "#3")]


def test_unknown_objects_are_counted_with_their_name() -> None:
    records = read(message(write(A, "<formular><id>F</id></formular>", "<zukunft/>", B)))
    assert issues(records) == [
        skipped("unknown_object", "#2", "formular"),
        skipped("unknown_object", "#3", "zukunft"),
    ]
    assert len(records) == 5


def test_a_prefix_that_nobody_declared_is_an_error_of_the_file() -> None:
    with pytest.raises(RejectDelivery) as caught:
        read(message(write(A), "<foo:erweiterung/>"))
    assert caught.value.code == "xml_malformed"


def test_unknown_elements_are_counted_with_their_name() -> None:
    records = read(message("<erweiterung><a/><b/></erweiterung>", write(A), '<x:y xmlns:x="urn:z"/>'))
    assert issues(records) == [
        skipped("unknown_element", "#1", "erweiterung"),
        skipped("unknown_element", "#3", "y"),
    ]


def test_what_belongs_to_the_envelope_is_not_wondered_about() -> None:
    head = "<nachrichtenkopf/><transaktionID>1</transaktionID><transaktionPosition>1</transaktionPosition>"
    assert issues(read(message(head, write(A)))) == []


@pytest.mark.parametrize("root", ["transfer", "irgend.etwas.4711", "_"])
def test_the_name_of_the_root_does_not_matter(root: str) -> None:
    assert refs(message(write(A), delete("B"), root=root)) == ["L1:A", "-L1:B"]


def test_answers_hold_results() -> None:
    inner = "<antwortnummer>1</antwortnummer><antwortrueckgabecode><code>202</code></antwortrueckgabecode>"
    xml = message(f"<antwort>{inner}{result('A')}{B}<neu/></antwort>")
    assert refs(xml) == ["L1:A", "L1:B"]
    assert [issue.detail for issue in issues(read(xml))] == ["neu"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ergebnisSpezialisierung", "specialisation_without_service"),
        ("ergebnisOrganisationseinheit", "unit_without_name"),
        ("ergebnisOnlinedienst", "online_service_without_link"),
        ("ergebnisZustaendigkeit", "responsibility_empty"),
    ],
)
def test_results_of_all_classes_are_read(name: str, kind: str) -> None:
    xml = message(f"<antwort>{result('A')}<{name}><id>1</id></{name}></antwort>")
    assert [issue.kind for issue in issues(read(xml))] == [kind]


def test_objects_may_stand_in_the_root() -> None:
    assert refs(message(A, B)) == ["L1:A", "L1:B"]


def test_an_object_may_be_the_root() -> None:
    alone = A.replace("<leistung>", '<leistung xmlns="http://xoev.de/schemata/xzufi/2_1_0">')
    assert refs(alone) == ["L1:A"]


def test_objects_inside_elements_of_unknown_name_are_read_and_the_element_noted() -> None:
    xml = message(f"<katalog><teil>{A}<neu/>{B}</teil></katalog>", f"<leer><x/></leer>{write(C)}")
    records = read(xml)
    assert refs(xml) == ["L1:A", "L1:B", "L1:C"]
    assert issues(records) == [
        Issue(Severity.NOTICE, "unknown_element", "#1", "katalog"),
        skipped("unknown_element", "#2", "leer"),
    ]


def test_objects_are_looked_for_only_so_deep() -> None:
    deep = f"<a><b><c><d>{A}</d></c></b></a>"
    records = read(message(deep, write(B)))
    assert issues(records) == [skipped("unknown_element", "#1", "a")]


@pytest.mark.parametrize("piece", [64, 200, 1000])
def test_the_pieces_in_which_a_file_is_read_do_not_matter(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    many = "".join(LEISTUNG.format(number) for number in range(30))
    results = "".join(result(str(number)) for number in range(30))
    xml = message(
        f"<nachrichtenkopf/><antwort><antwortnummer/>{results}<ergebnisLeistung/>{results}</antwort>",
        f"<katalog><stand/><teil>{many}<leistung/></teil><teil>{many}</teil></katalog>",
        write("<leistung/>"),
        "<erweiterung><a/><b/><c/><d/><e/><f/><g/><h/></erweiterung>",
        write(A, "<formular/>", B),
        delete("C"),
    )
    whole = read(xml)
    monkeypatch.setattr(xmlstream, "PIECE", piece)
    pieces = read(xml)
    assert [record for record in pieces if not isinstance(record, Issue)] == [
        record for record in whole if not isinstance(record, Issue)
    ]
    assert issues(pieces) == issues(whole)


@pytest.mark.parametrize("place", ["{}<a/>", "<nachrichtenkopf>{}</nachrichtenkopf>"])
def test_instructions_and_comments_among_the_operations_leave_no_trace(place: str) -> None:
    marks = place.format("<?eins zwei?><!-- drei -->")
    split = A.replace("Titel", "Ti<?x?>t<!-- y -->el")
    records = read(message(marks, write(split), "<?vier?>", write(B)))
    assert [record[1] for record in records[:4] if not isinstance(record, Issue)][:2] == ["Titel", "Titel"]


def test_the_time_of_making_comes_from_the_head() -> None:
    made = "<sender>S</sender><erstelltDatumZeit> 2026-01-05T02:30:00Z </erstelltDatumZeit>"
    head = f"<nachrichtenkopf>{made}</nachrichtenkopf>"
    last = read(message(head, write(A)))[-1]
    assert last == Completeness("everything", created_at="2026-01-05T02:30:00Z")
    assert scope(read(message(write(A)))) == "everything"
