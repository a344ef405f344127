from __future__ import annotations

import socket
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AbortRun, RetryLater
from sync.notify.smtp import send_mail
from sync.notifysettings import NotifySettings
from tests.sync.notify.mailserver import MailServer, raw_server, settings_for

# The test server accepts a login over TLS only where that was from the start, which it does not see.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

OTHER_CERTIFICATE = Path("tests/samples/fetch/feeds.example.pem")


def mail(to: str = "anna@stadt.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "luecken@stadt.example", to, "Probe"
    message.set_content("GEHEIME ZEILE")
    return message


def settings(port: int, **more: Any) -> NotifySettings:
    return NotifySettings.model_validate(settings_for(port, **more))


def send(port: int, to: tuple[str, ...] = ("anna@stadt.example",), **more: Any) -> list[str]:
    return send_mail(settings(port, to=to, **more), mail(), to)


def refusal(port: int, **more: Any) -> str:
    with pytest.raises(RetryLater) as caught:
        send(port, **more)
    return caught.value.code


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_arrives_over_an_encrypted_connection(security: str) -> None:
    with MailServer(security) as server:
        assert send(server.port, security=security) == []
    (taken,) = server.taken
    assert (taken.sender, taken.to) == ("luecken@stadt.example", ("anna@stadt.example",))
    assert taken.encrypted
    assert b"GEHEIME ZEILE" in taken.raw


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_name_and_password_are_sent_where_the_connection_is_encrypted(
    security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "richtig-und-lang")
    with MailServer(security, password="richtig-und-lang") as server:
        send(server.port, security=security, user="luecken", password_env="MAIL_PASSWORD")
    assert [(taken.encrypted, taken.logged_in) for taken in server.taken] == [(True, True)]


def test_a_wrong_password_is_said_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "falsch-und-lang")
    with MailServer(password="richtig") as server, pytest.raises(RetryLater) as caught:
        send(server.port, user="luecken", password_env="MAIL_PASSWORD")
    assert (caught.value.code, caught.value.params["status"]) == ("notify_login_refused", 535)
    assert "falsch" not in repr(caught.value)
    assert server.taken == []


def test_a_password_that_is_not_there_ends_it_before_anything_is_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    with pytest.raises(AbortRun) as caught:
        send(1, user="luecken", password_env="MAIL_PASSWORD")
    assert caught.value.code == "secret_not_set"


def test_a_password_with_an_umlaut_is_said_to_be_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "überall-größer")
    with MailServer(password="x") as server:
        assert refusal(server.port, user="luecken", password_env="MAIL_PASSWORD") == "notify_letters"


def test_nothing_is_sent_to_a_server_without_starttls() -> None:
    with MailServer("none") as server:
        assert refusal(server.port) == "notify_no_starttls"
    assert server.taken == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_sent_to_a_server_of_an_unknown_authority(security: str) -> None:
    with MailServer(security) as server:
        assert refusal(server.port, security=security, ca_bundle="") == "notify_certificate"
    assert server.taken == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_sent_to_a_server_whose_certificate_bears_another_name(security: str) -> None:
    with MailServer(security, certificate=OTHER_CERTIFICATE) as server:
        code = refusal(server.port, security=security, ca_bundle=str(OTHER_CERTIFICATE))
    assert (code, server.taken) == ("notify_certificate", [])


def test_no_byte_of_the_mail_is_said_to_a_server_that_turns_plain_after_starttls() -> None:
    """It agrees to STARTTLS and then talks on in clear, as somebody in between would."""

    def talk(sock: socket.socket) -> None:
        sock.sendall(b"220 here\r\n")
        sock.recv(1_000)
        sock.sendall(b"250-here\r\n250 STARTTLS\r\n")
        sock.recv(1_000)
        sock.sendall(b"220 go on\r\n")
        sock.sendall(b"250 in clear\r\n" * 3)
        sock.recv(10_000)

    with raw_server(talk) as (port, heard):
        assert refusal(port) == "notify_tls"
    assert b"anna" not in b"".join(heard)
    assert b"GEHEIME" not in b"".join(heard)


def test_tls_towards_a_server_that_speaks_plain_sends_nothing() -> None:
    with MailServer("none") as server:
        assert refusal(server.port, security="tls") == "notify_tls"
    assert server.taken == []


def test_plain_text_is_sent_to_this_machine_only() -> None:
    with MailServer("none") as server:
        assert send(server.port, security="none") == []
    assert [taken.encrypted for taken in server.taken] == [False]


def test_plain_text_to_another_machine_needs_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the name leads is looked at, not the name: this machine looks like another one here."""
    with MailServer("none") as server:
        near = socket.socket.getpeername
        monkeypatch.setattr(socket.socket, "getpeername", lambda sock: ("192.0.2.7", near(sock)[1]))
        assert refusal(server.port, security="none") == "notify_plain"
        assert server.taken == []
        assert send(server.port, security="none", allow_plain=True) == []
    assert len(server.taken) == 1


def test_who_is_refused_is_returned_and_the_others_have_the_mail() -> None:
    to = ("anna@stadt.example", "weg@stadt.example", "otto@stadt.example")
    with MailServer(refused={"weg@stadt.example"}) as server:
        assert send(server.port, to) == ["weg@stadt.example"]
    assert server.taken[0].to == ("anna@stadt.example", "otto@stadt.example")


def test_a_mail_that_nobody_may_get_is_not_sent_and_no_address_is_repeated() -> None:
    with MailServer(refused={"anna@stadt.example"}) as server, pytest.raises(RetryLater) as caught:
        send(server.port)
    assert caught.value.code == "notify_all_refused"
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize("answer", ["451 later", "554 spam"])
def test_a_mail_that_the_server_does_not_take_is_not_sent(answer: str) -> None:
    with MailServer(answer=answer) as server, pytest.raises(RetryLater) as caught:
        send(server.port)
    assert (caught.value.code, caught.value.params["status"]) == ("notify_refused", int(answer[:3]))


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert refusal(taken.getsockname()[1]) == "notify_unreachable"


@pytest.mark.parametrize(
    "greeting", [b"", b"220 here\r\n", b"220 here\r\n250-half", b"554 go away\r\n", b"\0\xff\r\n"]
)
def test_a_server_that_breaks_off_is_unreachable(greeting: bytes) -> None:
    def talk(sock: socket.socket) -> None:
        sock.sendall(greeting)
        sock.close()

    with raw_server(talk) as (port, _):
        assert refusal(port) in {"notify_unreachable", "notify_refused"}


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    done = threading.Event()

    def talk(_: socket.socket) -> None:
        done.wait(30)

    with raw_server(talk) as (port, _):
        assert refusal(port, timeout=1) == "notify_timed_out"
        done.set()


def test_a_server_that_drips_is_given_up_in_time() -> None:
    """Each byte comes in time; all of them never would."""
    done = threading.Event()

    def talk(sock: socket.socket) -> None:
        while not done.wait(0.05):
            sock.sendall(b"2")

    with raw_server(talk) as (port, _):
        assert refusal(port, timeout=1) == "notify_timed_out"
        done.set()


def test_a_server_that_never_stops_talking_is_cut_off() -> None:
    def talk(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"220-and another thing\r\n" * 1_000)

    with raw_server(talk) as (port, _):
        assert refusal(port, timeout=20) == "notify_unreachable"  # long before the time is over


def test_a_file_of_authorities_that_holds_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "leer.pem"
    path.write_text("nichts", encoding="utf-8")
    for wrong, code in ((path, "ca_bundle_unusable"), (tmp_path / "weg.pem", "ca_bundle_absent")):
        with pytest.raises(AbortRun) as caught:
            send(1, ca_bundle=str(wrong))
        assert caught.value.code == code
