from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.reports.opendata.published import REMOVED, address, words


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("Wohnsitz anmelden", "Wohnsitz anmelden"),
        ("", None),
        (None, None),
        (" \u200b\n ", None),
        ("Hunde\nsteuer", "Hunde steuer"),
        ("gelb\u202etor", "gelbtor"),
        ("Anfrage an erika.muster@stadt.example.de", f"Anfrage an {REMOVED}"),
        ("(mailto:a@b.de)", f"({REMOVED})"),
        ("Zimmer @ 5", "Zimmer @ 5"),
    ],
)
def test_texts_are_one_line_without_mail_addresses(written: str | None, published: str | None) -> None:
    assert words(written) == published


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("https://stadt.example/hund?id=1#a", "https://stadt.example/hund?id=1#a"),
        ("https://user:secret@stadt.example/", "https://stadt.example/"),
        ("mailto:erika@stadt.example", None),
        ("javascript:alert(1)", None),
        ("https://stadt.example/?an=erika@stadt.example", None),
        ("https://stadt.example/a b", None),
        ("https://[stadt", None),
        ("//stadt.example", None),
        ("", None),
    ],
)
def test_only_addresses_of_the_web_without_persons_are_published(written: str, published: str | None) -> None:
    assert address(written) == published


@given(st.text())
def test_no_text_keeps_what_cannot_be_seen(written: str) -> None:
    shown = words(written)
    hidden = [one for one in shown or "" if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert hidden == []
    assert shown != ""
