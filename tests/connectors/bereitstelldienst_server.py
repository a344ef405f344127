"""A Bereitstelldienst for tests: tokens and blocks out of a log, on top of the misbehaving server."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.faultserver import Call, FaultServer

__all__ = ["BLOCKS", "CLIENT", "SECRET", "TOKENS", "LogServer", "block", "delete", "jwt", "message", "unit"]

BLOCKS, TOKENS = "/bereitstelldienst/api/v2/verwaltungsobjekte", "/auth/token"
CLIENT, SECRET = "luecken-client", "sehr-geheim-4711"
NAMESPACE = "http://xoev.de/schemata/xzufi/2_2_0"


def message(*operations: str, namespace: str = NAMESPACE) -> str:
    """Return a transfer message as text."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<x:transfer xmlns:x="{namespace}">'
        f"<x:nachrichtenkopf/>{''.join(operations)}</x:transfer>"
    )


def unit(number: int, name: str = "Bürgerbüro – Süd") -> str:
    """Return an operation that writes an organisational unit."""
    return (
        f'<x:schreibe><x:organisationseinheit><x:id schemeAgencyID="L1">{number}</x:id>'
        f'<x:name><x:name languageCode="de">{name}</x:name></x:name></x:organisationseinheit></x:schreibe>'
    )


def delete(number: int, object_class: str = "Organisationseinheit") -> str:
    """Return an operation that deletes an object."""
    return f'<x:loesche klasse="{object_class}"><x:id schemeAgencyID="L1">{number}</x:id></x:loesche>'


def jwt(**claims: float) -> str:
    """Return something in the form of a JSON web token, with a signature that nobody could check."""

    def encode(content: Mapping[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{encode({'alg': 'RS256'})}.{encode(claims)}.c2ln"


def block(xml: str | None, *, following: int, complete: bool, **other: object) -> bytes:
    """Return an envelope; ``other`` are further fields or replace these."""
    fields = {
        "anzahlObjekte": xml.count("<x:schreibe>") + xml.count("<x:loesche ") if xml else 0,
        "xzufiObjekte": xml,
        "vollstaendig": complete,
        "naechsterIndex": following,
    }
    return json.dumps({**fields, **other}, ensure_ascii=False).encode()


@dataclass
class LogServer:
    """A log of operations, handed out ``per_block`` at a time to whoever has a valid token.

    ``answers`` replace the blocks at an index. Every token lives for ``expires_in`` seconds by its own
    account, and is really accepted as long as it is in ``valid``.
    """

    server: FaultServer
    log: list[str] = field(default_factory=list)
    per_block: int = 2
    answers: dict[int, bytes] = field(default_factory=dict)
    expires_in: int | None = 300
    valid: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)  # queries of all requests for blocks
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    names_next: bool = True

    def __post_init__(self) -> None:
        self.server.add(BLOCKS, self.give_block)
        self.server.add(TOKENS, self.give_token)

    @property
    def settings(self) -> dict[str, object]:
        """Return the settings of a source that reads this log."""
        return {
            "location": self.server.url(BLOCKS),
            "token_url": self.server.url(TOKENS),
            "client_id": CLIENT,
            "client_secret_env": "LOG_SECRET",
            "allow_private": True,
        }

    @property
    def indexes(self) -> list[int]:
        """Return the indexes that were asked for."""
        return [int(parse_qs(query)["index"][0]) for query in self.asked]

    def give_token(self, call: Call) -> None:
        """Answer a request for a token."""
        form = parse_qs(call.form.decode())
        self.forms.append(form)
        if call.method != "POST" or form.get("client_secret") != [SECRET]:
            call.answer(b'{"error":"invalid_client"}', "401 Unauthorized")
            return
        token = f"token-{len(self.forms)}"
        self.valid = {token}
        content: dict[str, object] = {"access_token": token, "token_type": "bearer"}
        if self.expires_in is not None:
            content["expires_in"] = self.expires_in
        call.answer(json.dumps(content).encode(), Content_Type="application/json")

    def give_block(self, call: Call) -> None:
        """Answer a request for a block."""
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self.valid:
            call.answer(b"", "401 Unauthorized")
            return
        query = urlsplit(call.target).query
        self.asked.append(query)
        index = int(parse_qs(query)["index"][0])
        content = self.answers.get(index, self._block(index))
        call.answer(content, Content_Type="application/json")

    def _block(self, index: int) -> bytes:
        operations = self.log[index : index + self.per_block]
        following = index + len(operations)
        xml = message(*operations) if operations else ""
        other: dict[str, object] = {}
        if self.names_next:
            other["naechsteAnfrageUrl"] = self.server.url(f"{BLOCKS}?index={following}&ars=%25")
        return block(xml, following=following, complete=following >= len(self.log), **other)
