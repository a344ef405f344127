"""Good logs of a Bereitstelldienst for the contract suite: in one block, and in many."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

from connectors.bereitstelldienst import BereitstelldienstConnector
from tests.connectors.bereitstelldienst_server import SECRET, block, message
from tests.connectors.specimens import PERSONAL, Specimen
from tests.faultserver import Call

__all__ = ["BEREITSTELLDIENST"]

NAME, MAIL, PHONE = PERSONAL
TOKEN = "zugang-0815"
SETTINGS = {
    "token_url": "/token",
    "client_id": "luecken-client",
    "client_secret_env": "LOG_SECRET",
    "allow_private": True,
}
UNIT = f"""<x:schreibe><x:organisationseinheit><x:id schemeAgencyID="L1">E1</x:id>
    <x:name><x:name languageCode="de">Bürgerbüro</x:name></x:name>
    <x:kommunikation><x:kanal><code>01</code></x:kanal><x:kennung>{PHONE}</x:kennung></x:kommunikation>
    <x:kontaktperson><x:vorname>Erika</x:vorname><x:familienname>{NAME}</x:familienname></x:kontaktperson>
  </x:organisationseinheit></x:schreibe>"""
SERVICE = """<x:schreibe><x:leistung>
    <x:id schemeAgencyID="L1" schemeID="Leistung">{number}</x:id>
    <x:referenzLeiKa><code>99{number:012d}</code></x:referenzLeiKa>
    <x:modulText><x:leikaTextmodul><code>03</code></x:leikaTextmodul>
      <x:inhalt languageCode="de">Leistung Nummer {number}</x:inhalt></x:modulText>
    <x:modulText><x:leikaTextmodul><code>06</code></x:leikaTextmodul>
      <x:inhalt languageCode="de">Fragen Sie {person}.</x:inhalt></x:modulText>
  </x:leistung></x:schreibe>
"""
ORPHAN = '<x:loesche klasse="Zustaendigkeit"><x:id schemeAgencyID="L1">Z-{number}</x:id></x:loesche>'


def _operations(first: int, last: int) -> str:
    person = f"{NAME}, {MAIL}, {PHONE}"
    services = (SERVICE.format(number=number, person=person) for number in range(first, last))
    return message(UNIT, *services, ORPHAN.format(number=first))


def _token() -> bytes:
    return json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300}).encode()


def _one_block(count: int) -> Mapping[str, bytes | Callable[[Call], None]]:
    return {"/token": _token(), "/log": block(_operations(1, count + 1), following=count, complete=True)}


def _many_blocks(count: int) -> Mapping[str, bytes | Callable[[Call], None]]:
    size = max(1, -(-count // 4))

    def answer(call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            call.answer(b"", "401 Unauthorized")
            return
        index = int(parse_qs(urlsplit(call.target).query)["index"][0])
        following = min(index + size, count)
        xml = _operations(index + 1, following + 1)
        call.answer(block(xml, following=following, complete=following >= count))

    return {"/token": _token(), "/log": answer}


def _specimen(
    name: str, make: Callable[[int], Mapping[str, bytes | Callable[[Call], None]]], *steps: str
) -> Specimen:
    return Specimen(
        name,
        BereitstelldienstConnector,
        SETTINGS,
        make,
        "/log",
        steps=steps,
        secrets=(SECRET, TOKEN),
        environment={"LOG_SECRET": SECRET},
    )


BEREITSTELLDIENST = (
    _specimen("bereitstelldienst_one_block", _one_block),
    _specimen("bereitstelldienst_many_blocks", _many_blocks, "/token", "/log"),
)
