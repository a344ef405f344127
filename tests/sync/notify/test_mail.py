from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from sync.notify.content import LONGEST_LINE, LONGEST_TITLE, MOST_LINES, Block, Content, one_line
from sync.notify.mail import Attachment, Envelope, mail_of
from sync.notifysettings import NotifySettings
from tests.sync.notify.mailserver import settings_for

ENVELOPE = Envelope("leitung:error:night:1", "Größe & Übermut", "error", "2026-11-20T02:30:00+01:00")
SETTINGS = NotifySettings.model_validate(settings_for(25, to=("anna@stadt.example", "otto@stadt.example")))
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "Content-Language",
    "X-Lueckenlos-Level",
    "MIME-Version",
    "Content-Type",
}


def mail(content: Content, attachment: Attachment | None = None, note: str = "") -> EmailMessage:
    """Return a mail as whoever gets it reads it."""
    raw = bytes(mail_of(SETTINGS, ENVELOPE, content.bounded(), attachment, note))
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def test_a_mail_says_who_sends_it_and_that_no_answer_is_wanted() -> None:
    found = mail(Content("de", "Störung: Überlänge", "Grüße", ()))
    assert found["Subject"] == "Störung: Überlänge"
    assert found["From"] == "Lückenlos <luecken@stadt.example>"
    assert found["To"] == "anna@stadt.example, otto@stadt.example"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["List-Id"] == "<leitung.lueckenlos.stadt.example>"
    assert found["Date"].datetime == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert set(found.keys()) == HEADERS


def test_text_and_html_say_the_same_with_umlauts() -> None:
    found = mail(
        Content("de", "t", "Führende Zeile", (Block("Überschrift", ("Lücke größer",)),)), note="Anhang"
    )
    for kind in ("plain", "html"):
        text = part(found, kind)
        for said in ("Führende Zeile", "Überschrift", "Lücke größer", "Anhang"):
            assert said in text


def test_the_id_is_that_of_the_notice_and_not_of_the_sending() -> None:
    first, second = (mail(Content("de", title, "l"))["Message-ID"] for title in ("a", "b"))
    assert first == second
    other = Envelope("leitung:error:night:2", ENVELOPE.region, "error", ENVELOPE.created_at)
    assert mail_of(SETTINGS, other, Content("de", "a", "l"), None, "")["Message-ID"] != first


def test_a_workbook_is_attached_as_it_is() -> None:
    content = b"PK\x03\x04" + bytes(range(256)) * 40
    found = mail(Content("de", "t", "l"), Attachment("mülheim.xlsx", content))
    (attached,) = found.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("mülheim.xlsx", content)


def test_no_blank_of_a_long_title_is_lost() -> None:
    title = "[Lückenlos Probe] Nacht fehlgeschlagen – Veränderungen: unbekannt +5 – und noch mehr – für alle"
    assert mail(Content("de", title, "l"))["Subject"] == title


@given(st.text(max_size=300), st.text(max_size=300), st.lists(st.text(max_size=80), max_size=5))
def test_no_text_adds_headers_or_markup(title: str, lead: str, lines: list[str]) -> None:
    hostile = f"x\r\nBcc: y@z.example\r\n\r\n{title}<script>alert(1)</script>"
    found = mail(Content("de", hostile, f"{lead}</p><img src=x>", (Block(hostile, tuple(lines)),)))
    assert set(found.keys()) == HEADERS
    assert found["To"] == "anna@stadt.example, otto@stadt.example"
    assert found["Subject"] == one_line(hostile, LONGEST_TITLE)
    tags = Tags()
    tags.feed(part(found, "html"))
    assert tags.found <= {"html", "head", "meta", "title", "body", "p", "strong", "h2", "ul", "li", "small"}


def test_a_notice_has_an_end() -> None:
    content = Content("de", "t" * 9_999, "l" * 9_999, (Block("h" * 9_999, ("z" * 9_999,) * 9_999),)).bounded()
    assert len(content.title) == LONGEST_TITLE
    assert len(content.blocks[0].lines) == MOST_LINES + 1
    assert all(len(line) <= LONGEST_LINE for line in content.blocks[0].lines)
    assert content.blocks[0].lines[-1] == "… (+9879)"


@given(
    st.builds(
        Content,
        st.sampled_from(["de", "en"]),
        st.text(max_size=50),
        st.text(max_size=50),
        st.lists(st.builds(Block, st.text(max_size=9), st.tuples(st.text(max_size=9))), max_size=3).map(
            tuple
        ),
    )
)
def test_the_book_gives_back_what_was_written(content: Content) -> None:
    assert Content.read(content.bounded().written()) == content.bounded()
