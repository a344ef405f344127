from __future__ import annotations

from pathlib import Path

import pytest

from sync.region import Region, RegionFileError, read_region

HEAD = """\
[region]
name = "Probe"
areas = ["055120000000"]

[[source]]
id = "liste"
type = "list"
location = "liste.csv"
columns = { area = "a", key = "k" }

"""
EMAIL = """\
[[notify]]
id = "leitung"
kind = "email"
to = ["anna@stadt.example"]
sender = "luecken@stadt.example"
host = "mail.stadt.example"
"""
WEBHOOK = """\
[[notify]]
id = "chat"
kind = "webhook"
url = "https://chat.example/hook"
"""


def region(text: str, tmp_path: Path) -> Region:
    path = tmp_path / "region.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_region(path)


def errors(text: str, tmp_path: Path) -> list[tuple[int, str, str]]:
    """Return the line (counted from the first table on), key and code of every error."""
    with pytest.raises(RegionFileError) as caught:
        region(text, tmp_path)
    begin = HEAD.count("\n")
    return [(error.line - begin, error.key, error.code) for error in caught.value.errors]


def test_little_has_to_be_said(tmp_path: Path) -> None:
    mail, hook = region(EMAIL + WEBHOOK, tmp_path).notify
    assert (mail.levels, mail.role, mail.security, mail.smtp_port) == (
        ("error",),
        "coordinator",
        "starttls",
        587,
    )
    assert (mail.repeat_after, mail.digest_day, mail.language) == (7, "monday", "de")
    assert (hook.kind, hook.allow_private) == ("webhook", False)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_security(security: str, port: int, tmp_path: Path) -> None:
    (one,) = region(f'{EMAIL}security = "{security}"\n', tmp_path).notify
    assert one.smtp_port == port


def test_files_are_meant_from_the_region_file(tmp_path: Path) -> None:
    more = 'user = "x"\npassword_file = "geheim/mail.txt"\nca_bundle = "ca.pem"\n'
    (one,) = region(EMAIL + more, tmp_path).notify
    assert one.password_file == str(tmp_path / "geheim" / "mail.txt")
    assert one.ca_bundle == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (EMAIL + 'url = "https://x.example/"\n', [(1, "", "notify_other_kind")]),
        (WEBHOOK + 'host = "mail.example"\n', [(1, "", "notify_other_kind")]),
        (EMAIL.replace('host = "mail.stadt.example"\n', ""), [(1, "", "notify_needs")]),
        (WEBHOOK.replace('url = "https://chat.example/hook"\n', ""), [(1, "", "notify_needs")]),
        (WEBHOOK.replace("https:", "http:"), [(1, "", "notify_unencrypted")]),
        (WEBHOOK.replace("//chat", "//ich:geheim@chat"), [(1, "", "setting_safe_address")]),
        (WEBHOOK + 'url_env = "X"\n', [(1, "", "setting_one_of")]),
        (EMAIL + 'user = "x"\n', [(1, "", "notify_login")]),
        (EMAIL + 'password_env = "X"\n', [(1, "", "notify_login")]),
        (EMAIL + 'user = "x"\npassword_env = "X"\npassword_file = "y.txt"\n', [(1, "", "setting_one_of")]),
        (EMAIL.replace("anna@stadt.example", "Anna <anna@stadt.example>"), [(4, "to.0", "notify_address")]),
        (EMAIL.replace("anna@", "a\\nBcc: b@"), [(4, "to.0", "notify_address")]),
        (EMAIL.replace("mail.stadt.example", "*.stadt.example"), [(1, "", "notify_one_host")]),
        (EMAIL + 'levels = ["eror"]\n', [(7, "levels.0", "region_value_choice")]),
        (EMAIL + "levels = []\n", [(7, "levels", "region_value_empty")]),
        (EMAIL + 'areas = ["0551"]\n', [(7, "areas", "area_key_format")]),
        (EMAIL + 'sources = ["weg"]\n', [(7, "sources", "source_unknown")]),
        (EMAIL + "repeat_after = 0\n", [(7, "repeat_after", "region_value_least")]),
        (EMAIL + 'mode = "x"\n', [(7, "mode", "region_unknown_key")]),
        (EMAIL + EMAIL, [(8, "id", "notify_twice")]),
        ("[notify]\nid = 1\n", [(1, "notify", "region_table_brackets")]),
    ],
)
def test_every_mistake_is_told_with_its_line(
    text: str, found: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    assert errors(text, tmp_path) == found


def test_an_area_that_nobody_knows_is_looked_up_as_those_of_the_region(tmp_path: Path) -> None:
    named = region(EMAIL + 'areas = ["999990000000"]\n', tmp_path).named()
    assert "999990000000" in {entry.key for entry in named.areas}
