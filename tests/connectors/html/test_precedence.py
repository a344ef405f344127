"""Where the words of a page contradict each other, these rules decide; docs/merkmale.md lists them."""

from __future__ import annotations

from catalogue.records import Status
from tests.connectors.html.reading import read, service

ONLINE = '<h2>Online-Dienste</h2><p><a href="https://formulare.lindental.example/hund">Hund anmelden</a></p>'
FEES = "<h2>Gebühren</h2><p>20 Euro</p>"


def test_1_a_concrete_link_in_an_online_section_beats_boilerplate() -> None:
    found = service("<p>Der Antrag ist in der Regel persönlich zu stellen.</p>" + ONLINE)

    assert (found.level, found.status) == (3, Status.ONLINE)


def test_1_what_speaks_against_the_link_is_kept_as_a_contradiction() -> None:
    found = service("<p>Die Anmeldung ist nur persönlich möglich.</p>" + ONLINE)

    assert "contradiction" in found.flags


def test_2_a_local_restriction_beats_a_general_sentence() -> None:
    text = (
        "<p>Im Falle einer Online-Beantragung laden Sie Nachweise hoch.</p>"
        "<h2>Antragstellung</h2><p>Form der Antragstellung: persönlich</p>"
    )
    found = service(text)

    assert (found.level, found.status) == (1, Status.DESCRIBED)
    assert {"generic_text", "in_person"} <= found.flags
    assert "evidence_upload" not in found.flags


def test_2_words_without_a_link_raise_no_level() -> None:
    found = service("<p>Sie können die Anmeldung auch online erledigen.</p>" + FEES)

    assert (found.level, found.status) == (1, Status.DESCRIBED)
    assert "online_mention" in found.flags


def test_3_a_negation_cancels_the_mention_it_belongs_to() -> None:
    found = service("<p>Eine Online-Anmeldung ist leider noch nicht möglich.</p>" + FEES)

    assert "online_negated" in found.flags
    assert "online_mention" not in found.flags


def test_3_a_link_inside_a_negated_sentence_starts_nothing() -> None:
    found = service('<p>Ein <a href="/portal/x">Online-Antrag</a> ist derzeit nicht möglich.</p>' + FEES)

    assert found.level == 1


def test_3_acts_that_can_be_done_online_are_told_from_those_that_cannot() -> None:
    found = read(
        '<p><a href="https://formulare.lindental.example/neu">Neuausstellung online beantragen</a></p>'
        "<p>Eine Änderung ist online leider nicht möglich.</p>" + FEES
    ).services

    assert [(one.acts, one.level) for one in found] == [(("Anmeldung", "Erteilung"), 3), (("Änderung",), 1)]
    assert len({one.offering("a", "r").ref for one in found}) == 2


def test_4_appointments_never_raise_the_level() -> None:
    found = service(
        '<h2>Online-Services</h2><p><a href="https://termine.lindental.example/x">Termin buchen</a></p>'
    )

    assert (found.level, found.status) == (1, Status.DESCRIBED)
    assert "appointment_only" in found.flags
    assert [link.kind for link in found.links] == ["booking"]


def test_5_payment_counts_only_beside_an_online_procedure() -> None:
    assert "payment_online" not in service("<h2>Gebühren</h2><p>Zahlung mit Kreditkarte</p>").flags
    assert "payment_online" in service(ONLINE + "<h2>Gebühren</h2><p>Zahlung mit Kreditkarte</p>").flags


def test_5_payment_at_the_counter_is_no_online_payment() -> None:
    text = "<h2>Gebühren</h2><p>Zahlung im Bürgerbüro bar, mit EC-Karte oder Kreditkarte</p>"

    assert "payment_online" not in service(ONLINE + text).flags


def test_6_an_eid_that_is_the_topic_is_no_condition() -> None:
    text = "<p>Mit der Online-Ausweisfunktion weisen Sie sich im Internet aus.</p>"
    card = f"<html><body><main><h1>Personalausweis</h1>{ONLINE}{text}</main></body></html>".encode()

    assert "eid" not in service(card).flags
    assert "eid" in service(ONLINE + text).flags


def test_6_an_eid_without_an_online_procedure_is_none() -> None:
    assert "eid" not in service("<p>Die eID-Karte holen Sie ab.</p>" + FEES).flags


def test_7_a_heading_that_promises_online_services_and_holds_forms_gives_forms() -> None:
    found = service(
        '<h2>Formulare und Onlinedienste</h2><p><a href="/a.pdf">Anmeldung</a> <a href="/b.pdf">SEPA</a></p>'
    )

    assert (found.level, found.status) == (1, Status.FORM)
    assert "online_submit" not in found.flags


def test_8_a_service_of_the_bund_is_available_and_not_the_town_s_own() -> None:
    found = service(
        '<p>Sie können es <a href="https://www.fuehrungszeugnis.bund.de/">online beantragen</a>.</p>' + FEES
    )

    assert (found.level, found.status, found.operator) == (3, Status.ONLINE, "bund")


def test_9_a_procedure_that_is_paperless_with_an_eid_only_has_a_range_of_levels() -> None:
    text = "<p>Nur mit Online-Ausweis ist das papierlos, sonst senden Sie ein unterschriebenes Blatt.</p>"
    found = service(ONLINE + text)

    assert (found.level, found.highest) == (2, 3)
    assert "paper_without_eid" in found.flags


def test_10_a_link_to_a_page_of_a_portal_is_not_judged_by_itself() -> None:
    portal = '<a href="https://serviceportal.lindental.example/services/18">Serviceportal</a>'
    found = service(f"<p>Mehr dazu steht im {portal}.</p>" + FEES)

    assert (found.level, found.status) == (1, Status.DESCRIBED)
    assert "portal_page" in found.flags


def test_10_a_sentence_that_sends_applicants_to_the_portal_is() -> None:
    portal = '<a href="https://serviceportal.lindental.example/services/18">Serviceportal</a>'
    found = service(f"<p>Die Bescheinigung beantragen Sie im {portal}.</p>" + FEES)

    assert found.level == 3
    assert {"online_submit", "portal_page"} <= found.flags


def test_10_a_portal_that_is_only_mentioned_starts_nothing() -> None:
    portal = '<a href="https://www.land.example/portal">Landesportal</a>'
    for sentence in (
        f"Die zuständige Stelle finden Sie im {portal}.",
        f"Anmelden können Sie sich im {portal} leider nicht.",
    ):
        assert service(f"<p>{sentence}</p>" + FEES).level == 1


def test_filling_in_online_and_sending_signed_paper_is_a_form_assistant() -> None:
    found = service(
        '<p><a href="https://formulare.lindental.example/h">Antrag online ausfüllen</a>. '
        "Drucken Sie ihn aus, unterschreiben Sie und senden Sie ihn per Post.</p>" + FEES
    )

    assert (found.level, found.status) == (2, Status.FORM)
    assert {"form_assistant", "wet_signature"} <= found.flags


def test_a_signature_on_the_paper_form_leaves_the_online_way_alone() -> None:
    found = service(
        ONLINE
        + '<h2>Formulare</h2><p><a href="/a.pdf">Antrag</a> ausdrucken und unterschrieben zurücksenden.</p>'
    )

    assert found.level == 3
    assert {"online_submit", "pdf_form", "wet_signature"} <= found.flags


def test_a_signature_that_is_not_needed_is_no_signature() -> None:
    assert "wet_signature" not in service(ONLINE + "<p>Eine Unterschrift ist nicht nötig.</p>").flags


def test_printing_the_result_at_home_is_no_signature() -> None:
    found = service(ONLINE + "<p>Den Ausweis drucken Sie zu Hause aus.</p>")

    assert found.level == 3
    assert "digital_result" in found.flags


def test_asking_for_the_state_of_an_application_is_no_application() -> None:
    found = service('<h2>Online-Dienste</h2><p><a href="/s">Statusabfrage Reisepass</a></p>' + FEES)

    assert found.level == 1
    assert "status_only" in found.flags
