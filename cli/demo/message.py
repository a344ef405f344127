"""Writes objects as a XZuFi 2.2 transfer message, in one of the dialects that senders have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from cli.demo.objects import Entry, Id, OnlineService, Responsibility, Service, Unit, Written

__all__ = ["CLASSES", "Message", "write_message"]

#: The class of an object in the standard's words; a deletion names it.
CLASSES = {
    Service: "Leistung",
    Unit: "Organisationseinheit",
    OnlineService: "Onlinedienst",
    Responsibility: "Zustaendigkeit",
}
_XZUFI = "http://xoev.de/schemata/xzufi/2_2_0"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TEXT_MODULES = "urn:de:xzufi:codeliste:leistungstextmodulleika"
_REGIONAL_KEY = "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs"
_ROLES = {"01": "Zuständige Stelle", "03": "Ansprechpunkt"}
_INVENTED = "Erfundene Leistungsbeschreibung der Lückenlos-Demo."


@dataclass(frozen=True)
class Message:
    """What a message holds: its date, what it deletes first, and what it writes.

    ``dialect`` is empty for the usual form; cdata puts HTML into CDATA, default_namespace leaves
    prefixes out and puts codes into the namespace too, latin1 and bom are about the encoding.
    """

    created_at: str
    writes: tuple[Entry, ...]
    deletes: tuple[tuple[str, Id], ...] = ()
    dialect: str = ""


def write_message(message: Message) -> bytes:
    """Return the bytes of a message."""
    text = "\n".join(_Writer(message).lines()) + "\n"
    if message.dialect == "latin1":
        return text.encode("iso-8859-1", "xmlcharrefreplace")
    return text.encode("utf-8-sig" if message.dialect == "bom" else "utf-8")


class _Writer:
    """Writes elements with or without prefix."""

    def __init__(self, message: Message) -> None:
        self.message = message
        bare = message.dialect == "default_namespace"
        self.prefix = "" if bare else "xzufi:"
        self.declaration = f'xmlns="{_XZUFI}"' if bare else f'xmlns:xzufi="{_XZUFI}"'

    def lines(self) -> Iterator[str]:
        """Yield the lines of the message."""
        message = self.message
        encoding = "ISO-8859-1" if message.dialect == "latin1" else "UTF-8"
        root = f"{self.prefix}transfer.operations.040501"
        yield f'<?xml version="1.0" encoding="{encoding}"?>'
        yield f"<!-- {_INVENTED} -->"
        yield (
            f'<{root} {self.declaration} xmlns:xsi="{_XSI}" produktbezeichnung="Demo-Redaktion" '
            'produkthersteller="Demo" xzufiVersion="2.2.0">'
        )
        yield self._of("nachrichtenkopf", self._of("erstelltDatumZeit", message.created_at))
        for name, number in message.deletes:
            tag = f"{self.prefix}loesche"
            yield f'<{tag} klasse="{name}">{self._id("id", number)}</{tag}>'
        embedded: dict[Id, list[Responsibility]] = defaultdict(list)
        for entry in message.writes:
            if isinstance(entry, Responsibility) and entry.embedded:
                embedded[entry.provider].append(entry)
        for kind in (Service, Unit, OnlineService, Responsibility):
            for entry in message.writes:
                if isinstance(entry, kind) and not (isinstance(entry, Responsibility) and entry.embedded):
                    yield self._of("schreibe", self._object(entry, embedded))
        yield f"</{root}>"

    def _object(self, entry: Entry, embedded: dict[Id, list[Responsibility]]) -> str:
        if isinstance(entry, Service):
            return self._service(entry)
        if isinstance(entry, Unit):
            return self._unit(entry, embedded.get(entry.id, ()))
        if isinstance(entry, OnlineService):
            return self._online_service(entry)
        if isinstance(entry, Responsibility):
            provider = "Onlinedienst" if entry.online else "Organisationseinheit"
            return self._of(
                "zustaendigkeitTransferObjekt",
                self._id("uebergeordnetesObjektID", entry.provider, provider),
                self._responsibility(entry),
            )
        raise TypeError(type(entry).__name__)

    def _service(self, service: Service) -> str:
        html = f"<p>{_INVENTED}</p>"
        texts = [self._module("02", service.title), self._module("06", html, markup=True)]
        if service.form_url:
            link = self._of("weiterfuehrenderLink", self._of("uri", escape(service.form_url)))
            texts.append(self._of("modulText", self._code("leikaTextmodul", "14", _TEXT_MODULES), link))
        return self._of(
            "leistung",
            self._id("id", service.id, "Leistung"),
            *(self._code("referenzLeiKa", key, "urn:de:fim:leika:leistung") for key in service.keys),
            *texts,
            self._of("versionsinformation", self._of("geaendertDatumZeit", "2026-11-02T08:00:00Z")),
        )

    def _module(self, code: str, text: str, *, markup: bool = False) -> str:
        content = f"<![CDATA[{text}]]>" if markup and self.message.dialect == "cdata" else escape(text)
        tag = f"{self.prefix}inhalt"
        body = f'<{tag} languageCode="de">{content}</{tag}>'
        return self._of("modulText", self._code("leikaTextmodul", code, _TEXT_MODULES), body)

    def _unit(self, unit: Unit, responsibilities: Iterable[Responsibility]) -> str:
        tag = f"{self.prefix}name"
        name = f'<{tag} languageCode="de">{escape(unit.name)}</{tag}>'
        coding = self._of("verwaltungspolitischeKodierung", self._code("regionalschluessel", unit.ars))
        return self._of(
            "organisationseinheit",
            self._id("id", unit.id, "Organisationseinheit"),
            self._of("name", name),
            self._of("anschrift", coding),
            *(self._responsibility(each) for each in responsibilities),
        )

    def _online_service(self, service: OnlineService) -> str:
        tag = f"{self.prefix}bezeichnung"
        return self._of(
            "onlinedienst",
            self._id("id", service.id, "Onlinedienst"),
            f'<{tag} languageCode="de">{escape(service.name)}</{tag}>',
            self._of("link", self._code("typ", "01"), self._of("link", escape(service.url))),
        )

    def _responsibility(self, entry: Responsibility) -> str:
        kind = "ZustaendigkeitOnlinedienst" if entry.online else "ZustaendigkeitOrganisationseinheit"
        return self._of(
            "zustaendigkeit",
            self._id("id", entry.id, kind),
            *(self._id("leistungID", service, "Leistung") for service in entry.services),
            *(self._area(area) for area in entry.areas),
            self._code("rolle", entry.role, name=_ROLES[entry.role]) if entry.role else "",
        )

    def _area(self, area: Written) -> str:
        tag = f"{self.prefix}gebietID"
        return f'<{tag} schemeID="{_REGIONAL_KEY}">{area.text}</{tag}>'

    def _id(self, name: str, number: Id, scheme: str = "") -> str:
        tag = f"{self.prefix}{name}"
        stated = f' schemeID="{scheme}"' if scheme else ""
        return f"<{tag} schemeAgencyID={quoteattr(number.agency)}{stated}>{escape(number.number)}</{tag}>"

    def _code(self, tag: str, code: str, catalogue: str = "", name: str = "") -> str:
        listed = f' listURI="{catalogue}"' if catalogue else ""
        label = f"<name>{escape(name)}</name>" if name else ""
        return f"<{self.prefix}{tag}{listed}><code>{escape(code)}</code>{label}</{self.prefix}{tag}>"

    def _of(self, name: str, *content: str) -> str:
        return f"<{self.prefix}{name}>{''.join(content)}</{self.prefix}{name}>"
