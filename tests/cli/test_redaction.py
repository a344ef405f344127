from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.redaction import LONGEST_TEXT, Redactor, secrets_of_environment

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=6, max_size=40)
WORDS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(SECRETS, WORDS, WORDS)
def test_a_known_secret_is_hidden_wherever_it_stands(secret: str, before: str, after: str) -> None:
    assert secret.strip() not in Redactor([secret]).text(f"{before}\n{secret}\t{after}").replace("…", "")


@given(
    st.from_regex(r"[A-Za-z0-9._~-]{8,30}", fullmatch=True),
    st.sampled_from(
        [
            "https://user:{}@host.example/x",
            "https://{}@host.example/",
            "postgresql+psycopg://u:{}@db:5432/x",
            "GET /x?a=1&token={}&b=2",
            "https://h.example/?api_key={}#f",
            "Authorization: Bearer {}",
            "authorization: Basic {}",
            "{{'Authorization': 'Bearer {}', 'Accept': '*/*'}}",
            '{{"Proxy-Authorization": "Digest {}"}}',
            "Set-Cookie: session={}; Path=/",
            "X-Api-Key: {}",
            "password={}",
            "client_secret: {}",
            '"access_token": "{}"',
            "Passwort = {}",
            "DB_PASS={}",
            "dbpass: {}",
            "passphrase={}",
            "passwd={}",
            "passkey={}",
            "PASSCODE: {}",
            "user x kennwort '{}' falsch".replace("kennwort ", "kennwort="),
        ]
    ),
)
def test_an_unknown_secret_is_hidden_by_what_stands_before_it(secret: str, form: str) -> None:
    assert secret not in Redactor().text(f"before {form.format(secret)} after")


@pytest.mark.parametrize(
    "harmless",
    [
        "https://host.example/a?x=1&y=2",
        "secret_not_set (setting=password_env, variable=MAIL_PASSWORD)",
        "password_file=geheim/mail.txt",
        "5 Quellen gelesen, 3 geändert",
        "a token is missing",
        "anna@stadt.example",
        "Der Wert muss zu diesem Muster passen: ^[a-z0-9][a-z0-9_-]{0,62}$",
        "Was passiert: nichts",
    ],
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert Redactor().text(harmless) == harmless


def test_values_are_hidden_by_their_names_however_deep_they_stand() -> None:
    said = {"url": "x", "inner": [{"password": "a", "token": ["b"], "password_env": "NAME"}], "key": "c"}
    assert Redactor().value(said) == {
        "url": "x",
        "inner": [{"password": "…", "token": "…", "password_env": "NAME"}],
        "key": "…",
    }


def test_figures_stay_figures_and_strange_objects_end_nothing() -> None:
    class Unshowable:
        def __str__(self) -> str:
            raise RuntimeError

    nested: list[object] = []
    nested.append(nested)
    redactor = Redactor()
    assert redactor.value({"a": 1, "b": 2.5, "c": True, "d": None}) == {
        "a": 1,
        "b": 2.5,
        "c": True,
        "d": None,
    }
    assert redactor.value(Unshowable()) == "<Unshowable>"
    assert redactor.value(nested)


def test_the_environment_names_its_secrets() -> None:
    environment = {
        "MAIL_PASSWORD": "aaaaaaaa",
        "API_TOKEN": "bbbbbbbb",
        "HOME": "cccccccc",
        "MAIL_PASSWORD_FILE": "dddddddd",
        "DB_SECRET": "/run/secrets/db",
    }
    assert secrets_of_environment(environment) == ["aaaaaaaa", "bbbbbbbb"]


@pytest.mark.parametrize(
    "hostile",
    [
        "x-" * 20_000,
        "a" * 50_000,
        "pass" * 10_000,
        "://" * 12_000,
        "http://" + "a" * 50_000,
        "token = " * 6_000,
        "authorization" * 3_000,
        "password: '" + "\\" * 40_000,
        'password="' + "\\a" * 20_000,
        "cookie" + ": " * 20_000,
    ],
)
def test_no_text_takes_long(hostile: str) -> None:
    begun = time.process_time()
    assert len(Redactor(["geheim-und-lang"]).text(hostile)) <= LONGEST_TEXT + 20_000
    assert time.process_time() - begun < 2
