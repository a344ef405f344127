"""The generator: writes the deliveries of the demo's nights and the truth beside them.

Places, services, keys and competences are real, every offer is invented. The same program always
writes the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cli.demo.facts import Facts
from cli.demo.history import Night, nights
from cli.demo.message import CLASSES, Message, write_message
from cli.demo.objects import Content, Entry, Id, Responsibility, Row
from cli.demo.packing import gzip_stored, zip_stored
from cli.demo.sources import FEEDS, INCREMENTAL, SOURCES, SourceSpec, state_of
from cli.demo.truthfile import INVENTED, write_truth

__all__ = ["DOWN_FILE", "HOSTS_FOLDER", "address_of", "generate", "night_folder"]

#: Names the sources that give no answer on a night.
DOWN_FILE = "gestoert.txt"
#: Below this lie the pages and answers of each host.
HOSTS_FOLDER = "netz"
_HEADER = ("AGS", "LeiKa-Schlüssel", "Leistung", "Adresse", "Art", "Gefunden")
#: What the survey writes for each status: the column Art, and whether it was found.
_ANSWERS = {
    "online": ("", "ja"),
    "form": ("Formular", "ja"),
    "described": ("", "ja"),
    "absent": ("", "nein"),
}
#: Deletions of objects that nobody knows are part of every increment.
_ORPHANS = 20


def generate(facts: Facts, folder: Path, last: int) -> list[Night]:
    """Write the nights from the first to ``last`` and return them."""
    written = nights(facts, last)
    for index, night in enumerate(written):
        before = written[index - 1] if index else None
        target = night_folder(folder, night.number)
        for spec in FEEDS:
            for name, data in _delivery(spec, written[: index + 1], before):
                _write(target / spec.id / name, data)
        down = [spec.id for spec in SOURCES if state_of(spec.id, night.number) == "down"]
        _write(target / DOWN_FILE, "".join(f"{name}\n" for name in down).encode())
        _write_hosts(night, target / HOSTS_FOLDER)
        write_truth(facts, folder, night)
    return written


def _write_hosts(night: Night, target: Path) -> None:
    """Write what the servers of websites and services show, a file for each host."""
    for source, documents in night.documents.items():
        state = state_of(source, night.number)
        for host, document in documents.items():
            whole = {"note": INVENTED, "source": source, "state": state, **document}
            _write(target / f"{host}.json", json.dumps(whole, ensure_ascii=False, indent=0).encode())


def night_folder(folder: Path, night: int) -> Path:
    """Return where the deliveries of a night lie."""
    return folder / f"nacht-{night}"


def address_of(spec: SourceSpec) -> str:
    """Return the path of a source below the server's address."""
    name = {"xml": "lieferung.xml", "gz": "lieferung.xml.gz", "zip": "lieferung.zip", "csv": "umfrage.csv"}
    return f"{spec.id}/{name.get(spec.packing, '')}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _delivery(spec: SourceSpec, until: list[Night], before: Night | None) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a source's delivery on the last of some nights."""
    night = until[-1]
    content = night.contents[spec.id]
    name = address_of(spec).rpartition("/")[2]
    if spec.packing == "csv":
        yield name, _survey(content)
        return
    created = _created_at(spec, until)
    if spec.id == INCREMENTAL and before is not None:
        message = _increment(content, before.contents[spec.id], created)
    else:
        message = Message(created, tuple(content.objects.values()), dialect=spec.dialect)
    state = state_of(spec.id, night.number)
    if state == "shrunk":
        message = replace(message, writes=_half(content), created_at=_moment(night.number))
    if spec.packing == "folder":
        yield from _folder(message)
        return
    data = write_message(message)
    if state == "cut":
        data = data[: len(data) * 3 // 5]
    if spec.packing == "gz":
        data = gzip_stored(data)
    elif spec.packing == "zip":
        data = zip_stored({"lieferung.xml": data})
    yield name, data


def _created_at(spec: SourceSpec, until: list[Night]) -> str:
    """Return the date of the newest night on which the source's content changed."""
    newest = until[-1]
    for earlier in reversed(until):
        if earlier.contents[spec.id].objects != newest.contents[spec.id].objects:
            break
        newest = earlier
    return _moment(newest.number)


def _moment(night: int) -> str:
    return f"2026-11-{15 + night:02d}T01:30:00+01:00"


def _half(content: Content) -> tuple[Entry, ...]:
    entries = list(content.objects.values())
    return tuple(entries[: len(entries) // 2])


def _increment(content: Content, before: Content, created: str) -> Message:
    """Return what changed since the night before, with deletions of what nobody ever saw."""
    writes = tuple(entry for key, entry in content.objects.items() if before.objects.get(key) != entry)
    gone = [entry for key, entry in before.objects.items() if key not in content.objects]
    # A changed object is deleted and written anew: the order within the message decides.
    changed = [entry for entry in writes if (type(entry).__name__, entry.id) in before.objects]
    deletes = [(CLASSES[type(entry)], entry.id) for entry in (*gone, *changed) if not isinstance(entry, Row)]
    orphans = [("Zustaendigkeit", Id("S199011", f"WEG-{number:03d}")) for number in range(_ORPHANS)]
    return Message(created, writes, tuple(deletes + orphans))


def _folder(message: Message) -> Iterator[tuple[str, bytes]]:
    """Yield an index and its files: the objects, and who is responsible for them in two more files."""
    separate = [entry for entry in message.writes if _stands_alone(entry)]
    others = [entry for entry in message.writes if not _stands_alone(entry)]
    middle = len(separate) // 2
    parts = (separate[:middle], others, separate[middle:])
    names = []
    for number, part in enumerate(parts, start=1):
        names.append(f"XZUFI2026111602100000000000000{number}.xml")
        yield names[-1], write_message(replace(message, writes=tuple(part)))
    yield "index.txt", "".join(f"{name}\r\n" for name in (*names, "")).encode()


def _stands_alone(entry: Entry) -> bool:
    return isinstance(entry, Responsibility) and not entry.embedded


def _survey(content: Content) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADER)
    for row in content.of(Row):
        kind, found = _ANSWERS[row.status]
        writer.writerow((f"{row.step[1][:5]}{row.step[1][9:]}", row.key, row.title, row.url, kind, found))
    return text.getvalue().encode("cp1252", "replace")
