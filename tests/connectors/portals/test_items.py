from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.html.rules import load_rules
from connectors.portals.items import Item, is_button, items_of, parse_markup
from connectors.portals.profile import Items

RULES = load_rules()
PLAIN = Items(origin="-", online_label="mit online-dienst|online")


def items(body: str, rule: Items = PLAIN) -> list[Item]:
    """Return the items of a page at https://stadt.example/az/."""
    markup = parse_markup(f"<html><body>{body}</body></html>".encode(), "https://stadt.example/az/", "utf-8")
    return list(items_of(markup, rule, RULES))


def titles(body: str, rule: Items = PLAIN) -> list[str]:
    """Return the titles of the items of a page."""
    return [item.title for item in items(body, rule)]


@pytest.mark.parametrize(
    "body",
    [
        '<ul><li><a href="1">Hund anmelden</a></li></ul>',
        '<table><tr><td>Hund anmelden</td><td><a href="1">Online starten</a></td></tr></table>',
        '<article><h3>Hund anmelden</h3><p>Text</p><a href="1">mehr</a></article>',
        '<div><a href="1">Hund anmelden</a></div>',
        '<dl><dt>H</dt><dd><a href="1">Hund anmelden</a></dd></dl>',
        '<ul><li>Hund anmelden: <a href="1">Zum Online-Dienst</a></li></ul>',
    ],
)
def test_a_service_is_found_in_every_common_list(body: str) -> None:
    (item,) = items(body)
    assert item.title == "Hund anmelden"
    assert [link.url for link in item.links] == ["https://stadt.example/az/1"]


def test_menus_heads_feet_and_banners_list_no_services() -> None:
    link = '<ul><li><a href="x">Anmelden</a></li></ul>'
    around = "".join(f"<{tag}>{link}</{tag}>" for tag in ("nav", "header", "footer"))
    banner = f'<div class="cookie-banner">{link}</div><section class="related">{link}</section>'
    assert titles(f'{around}{banner}<main><ul><li><a href="1">Hund</a></li></ul></main>') == ["Hund"]


def test_points_within_points_are_services_of_their_own() -> None:
    inner = '<ul><li><a href="1">Hund anmelden</a></li><li><a href="2">Hund abmelden</a></li></ul>'
    found = items(f'<ul><li><a href="0">Rund um den Hund</a>{inner}</li></ul>')
    assert {item.title: len(item.links) for item in found} == {
        "Rund um den Hund": 1,
        "Hund anmelden": 1,
        "Hund abmelden": 1,
    }


def test_a_point_of_a_list_is_told_from_a_link_in_a_text() -> None:
    point, link = items('<ul><li><a href="1">Hund</a></li></ul><p>Siehe <a href="2">Katze</a>.</p>')
    assert (point.in_list, link.in_list) == (True, False)


def test_a_profile_says_where_title_label_synonyms_unit_and_status_stand() -> None:
    rule = Items(
        origin="-",
        select="div.dienst",
        title=".name",
        synonyms="@data-synonyme",
        category=".rubrik@title",
        unit=".amt",
        status=".stand",
        online_label="digital",
    )
    body = """<div class="dienst" data-synonyme="Köter, Vierbeiner ,"><b class="name"> Hund&shy;e </b>
        <i class="rubrik" title="Tiere">x</i><span class="amt">Steueramt</span>
        <span class="stand">läuft</span> <em>Digital</em><a href="/1">Los</a></div>"""
    (item,) = items(body, rule)
    assert item == Item(
        "Hunde", item.links, ("Köter", "Vierbeiner"), "Tiere", "Steueramt", "läuft", labelled_online=True
    )


def test_of_selected_elements_inside_each_other_only_the_inner_ones_count() -> None:
    rule = Items(origin="-", select="article, li")
    assert titles('<article><ul><li><a href="1">Hund</a></li></ul></article>', rule) == ["Hund"]


def test_a_label_counts_only_as_a_text_of_its_own() -> None:
    with_label, without = items(
        '<ul><li><a href="1">Hund</a> <small>mit Online-Dienst</small></li>'
        '<li><a href="2">Online-Banking</a> <p>Auskunft, auch online, gibt das Amt</p></li></ul>'
    )
    assert (with_label.labelled_online, without.labelled_online) == (True, False)


def test_relative_links_follow_the_base_of_the_page() -> None:
    page = (
        b'<html><head><base href="/portal/"></head><body><ul><li><a href="1">Hund</a></li></ul></body></html>'
    )
    markup = parse_markup(page, "https://stadt.example/az/", None)
    (item,) = items_of(markup, PLAIN, RULES)
    assert item.links[0].url == "https://stadt.example/portal/1"


def test_links_that_are_no_addresses_of_pages_are_dropped() -> None:
    body = "".join(
        f'<li><a href="{href}">Hund</a></li>' for href in ("mailto:a@b.c", "javascript:x()", "#", "")
    )
    assert items(f"<ul>{body}</ul>") == []


@pytest.mark.parametrize(
    "label", ["Online starten", "Zum Online-Dienst", "» Mehr Informationen", "weiterlesen …", ""]
)
def test_labels_that_name_no_service_are_known(label: str) -> None:
    assert is_button(label)


@pytest.mark.parametrize("label", ["Hund anmelden", "Mehrgenerationenhaus", "Service für Hunde"])
def test_labels_that_name_a_service_are_kept(label: str) -> None:
    assert not is_button(label)


@given(st.binary(max_size=4_000))
def test_no_bytes_are_too_much(body: bytes) -> None:
    markup = parse_markup(body, "https://stadt.example/", None)
    list(items_of(markup, PLAIN, RULES))
    list(items_of(markup, Items(origin="-", select="li, article", online_label=".*"), RULES))


@pytest.mark.timeout(20)
def test_a_page_made_to_be_slow_is_read_in_time() -> None:
    deep = "<div>" * 5_000 + '<a href="1">Hund</a>' + "</div>" * 5_000
    wide = "<ul>" + '<li><a href="1">Hund</a><ul>' * 200 + '<li><a href="2">weiter</a></li>' * 20_000
    assert items(deep + wide) is not None
