"""Small XZuFi messages, written by hand."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MESSAGE", "message", "online", "remove", "responsibility", "service", "write_message"]

NAMESPACE = "http://xoev.de/schemata/xzufi/2_2_0"


def service(ref: str, key: str, title: str = "") -> str:
    """Return the writing of a Leistung."""
    return (
        f'<schreibe><leistung><id schemeAgencyID="A">{ref}</id>'
        f'<referenzLeiKa><code xmlns="">{key}</code></referenzLeiKa>'
        f'<modulText><leikaTextmodul><code xmlns="">02</code></leikaTextmodul>'
        f"<inhalt languageCode='de'>{title or ref}</inhalt></modulText></leistung></schreibe>"
    )


def online(ref: str, url: str) -> str:
    """Return the writing of an Onlinedienst."""
    return (
        f'<schreibe><onlinedienst><id schemeAgencyID="A">{ref}</id>'
        f"<bezeichnung languageCode='de'>{ref}</bezeichnung>"
        f'<link><typ><code xmlns="">01</code></typ><link>{url}</link></link></onlinedienst></schreibe>'
    )


def responsibility(ref: str, service_ref: str, *areas: str, provider: str = "OD1") -> str:
    """Return the writing of a Zuständigkeit of an Onlinedienst."""
    places = "".join(f"<gebietID>{area}</gebietID>" for area in areas)
    return (
        '<schreibe><zustaendigkeitTransferObjekt xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<uebergeordnetesObjektID schemeAgencyID="A">{provider}</uebergeordnetesObjektID>'
        f'<zustaendigkeit xsi:type="ZustaendigkeitOnlinedienst"><id schemeAgencyID="A">{ref}</id>'
        f'<leistungID schemeAgencyID="A">{service_ref}</leistungID>{places}</zustaendigkeit>'
        "</zustaendigkeitTransferObjekt></schreibe>"
    )


def remove(object_class: str, ref: str) -> str:
    """Return the deletion of an object."""
    return f'<loesche klasse="{object_class}"><id schemeAgencyID="A">{ref}</id></loesche>'


def message(*operations: str, created_at: str = "") -> str:
    """Return a transfer message."""
    head = f"<nachrichtenkopf><erstelltDatumZeit>{created_at}</erstelltDatumZeit></nachrichtenkopf>"
    body = "\n".join([head, *operations] if created_at else operations)
    return f'<transfer.operations.040501 xmlns="{NAMESPACE}">\n{body}\n</transfer.operations.040501>'


def write_message(path: Path, text: str) -> None:
    """Write a message as a file."""
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', encoding="utf-8")


#: Bottrop offers the registration of dogs online.
MESSAGE = message(
    service("S1", "99102013104000", "Hundesteuer Anmeldung"),
    online("OD1", "https://bottrop.example/hunde"),
    responsibility("Z1", "S1", "055120000000"),
)
