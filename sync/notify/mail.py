"""A notice as a mail: headers nobody can add to, plain text, and the same as simple HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Final

from markupsafe import escape

from catalogue.texts import Texts
from sync.notify.content import Block, Content, one_line
from sync.notify.troubles import mark_of
from sync.notifysettings import NotifySettings

__all__ = ["Attachment", "Envelope", "mail_of", "plain_text"]

#: How mails name the program they come from.
NAME: Final = "Lückenlos"
_XLSX: Final = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class _Subject(UniqueUnstructuredHeader):
    """A subject folded by the older means: the newer ones lose blanks beside words with umlauts."""

    def fold(self, *, policy: Policy) -> str:
        said = str(self)
        header = Header(said, "us-ascii" if said.isascii() else "utf-8", 75, "Subject")
        return f"Subject: {header.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)  # type: ignore[arg-type] # it mixes the base class in itself
_POLICY: Final = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Envelope:
    """What makes a notice this one and no other: ``key`` is the same each time it is sent."""

    key: str
    region: str
    level: str
    created_at: str

    @property
    def identity(self) -> str:
        """Return what tells a second sending from a second notice."""
        return mark_of(self.region, self.key)


def mail_of(
    settings: NotifySettings, envelope: Envelope, content: Content, attachment: Attachment | None, note: str
) -> EmailMessage:
    """Return a notice as a mail; ``note`` is said about its workbook if that is not attached."""
    domain = settings.sender.rpartition("@")[2]
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(NAME, addr_spec=settings.sender)
    message["To"] = [Address(addr_spec=address) for address in settings.to]
    message["Subject"] = one_line(content.title, 200)
    message["Date"] = format_datetime(_moment(envelope.created_at))
    message["Message-ID"] = f"<lueckenlos.{envelope.identity}@{domain}>"
    message["List-Id"] = f"<{settings.id}.lueckenlos.{domain}>"
    # Nobody's automatic answer is wanted, and none is sent to whoever answers by machine.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "bulk"
    message["X-Lueckenlos-Level"] = envelope.level
    text = Texts(content.language)
    message.set_content(plain_text(content, note, text), charset="utf-8", cte="quoted-printable")
    message.add_alternative(
        _html(content, note, text), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    if attachment is not None:
        kind, subtype = _XLSX
        message.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=attachment.name)
    message["Content-Language"] = content.language  # last, as the other headers of the content move
    return message


def _moment(written: str) -> datetime:
    """Return when a notice was written; the date of a second sending is that of the first."""
    return datetime.fromisoformat(written).astimezone(UTC)


def plain_text(content: Content, note: str, text: Texts) -> str:
    """Return a notice as text; its lines are not wrapped."""
    said = [content.lead]
    for block in (*content.blocks, Block("", (note,) if note else ())):
        if block.lines:
            said += ["", *([block.heading] if block.heading else []), *(f"- {line}" for line in block.lines)]
    return "\n".join([*said, "", "-- ", text("notice.footer")]) + "\n"


def _html(content: Content, note: str, text: Texts) -> str:
    parts = [
        f'<!DOCTYPE html><html lang="{escape(content.language)}"><head><meta charset="utf-8">',
        f"<title>{escape(content.title)}</title></head>",
        '<body style="font-family:sans-serif;max-width:50em">',
        f"<p><strong>{escape(content.lead)}</strong></p>",
    ]
    for block in content.blocks:
        if block.lines:
            lines = "".join(f"<li>{escape(line)}</li>" for line in block.lines)
            heading = f"<h2>{escape(block.heading)}</h2>" if block.heading else ""
            parts.append(f"{heading}<ul>{lines}</ul>")
    if note:
        parts.append(f"<p>{escape(note)}</p>")
    parts.append(f'<p style="color:#555"><small>{escape(text("notice.footer"))}</small></p></body></html>')
    return "\n".join(parts) + "\n"
