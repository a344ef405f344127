"""Write XZuFi 2.2 deliveries of any size for benchmarks: invented, seeded, the same bytes every time.

    python benchmarks/make_xzufi.py mixed --megabytes 300 benchmarks/work/mixed-300.xml
    python benchmarks/make_xzufi.py responsibilities --records 1000000 --files 2 benchmarks/work/heavy

``mixed`` holds services with their text modules, units, online services and responsibilities, about one
element per hundred bytes. ``responsibilities`` holds little else than responsibilities of about 700 bytes;
``--changed 1 --change-seed 2`` writes the same delivery with one per cent of them changed.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TextIO

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<xzufi:transfer.operations.040501 xmlns:xzufi="http://xoev.de/schemata/xzufi/2_2_0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" produktbezeichnung="Messung" xzufiVersion="2.2.0">
  <xzufi:nachrichtenkopf>
    <xzufi:nachrichtUUID>00000000-0000-4000-8000-{number:012d}</xzufi:nachrichtUUID>
    <xzufi:erstelltDatumZeit>2026-02-0{day}T02:30:00Z</xzufi:erstelltDatumZeit>
  </xzufi:nachrichtenkopf>
"""
FOOT = "</xzufi:transfer.operations.040501>\n"
AGENCY = "L100998"
ALL_MODULES = ("02", "03", "05", "06", "07", "08", "09", "11", "14", "15", "16", "18", "22", "23", "24", "25")
SUBJECTS = (
    "Hund", "Gewerbe", "Wohnsitz", "Fahrzeug", "Bauvorhaben", "Abfallbehälter", "Personalausweis",
    "Führerschein", "Kindertagesplatz", "Wohngeld", "Sondernutzung", "Schwerbehindertenausweis",
)  # fmt: skip
ACTS = ("anmelden", "abmelden", "ummelden", "beantragen", "verlängern", "ändern lassen", "anzeigen")
WORDS = (
    "die", "zuständige", "Behörde", "prüft", "Ihren", "Antrag", "und", "benötigt", "dafür", "folgende",
    "Unterlagen", "einen", "gültigen", "Ausweis", "sowie", "Nachweise", "über", "Ihre", "Angaben", "wenn",
    "Sie", "persönlich", "vorsprechen", "können", "ist", "eine", "Vollmacht", "erforderlich", "nach",
    "Ablauf", "der", "Frist", "erhalten", "schriftlich", "Bescheid", "gegen", "den", "Widerspruch",
    "möglich", "gemäß", "§", "Satzung", "Gebühren", "fallen", "an", "für", "Ermäßigung", "Jahr",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    mixed = modes.add_parser("mixed")
    mixed.add_argument("--megabytes", type=float, required=True)
    heavy = modes.add_parser("responsibilities")
    heavy.add_argument("--records", type=int, required=True)
    heavy.add_argument("--files", type=int, default=1)
    heavy.add_argument("--areas", type=Path, help="file with one regional key per line")
    heavy.add_argument("--keys", type=Path, help="file with one LeiKa key per line")
    heavy.add_argument("--changed", type=float, default=0.0, help="per cent of responsibilities to change")
    heavy.add_argument("--change-seed", type=int, default=2)
    for mode in (mixed, heavy):
        mode.add_argument("--seed", type=int, default=1)
        mode.add_argument("target", type=Path, help="file (mixed) or folder (responsibilities)")
    given = parser.parse_args()
    if given.mode == "mixed":
        written = [write_mixed(given.target, int(given.megabytes * 1_000_000), seed=given.seed)]
    else:
        written = write_responsibilities(
            given.target,
            given.records,
            areas=given.areas.read_text().split() if given.areas else invented_areas(396),
            keys=given.keys.read_text().split() if given.keys else invented_keys(557),
            files=given.files,
            seed=given.seed,
            changed=given.changed,
            change_seed=given.change_seed,
        )
    for path in written:
        print(f"{path}: {path.stat().st_size / 1_000_000:.1f} MB")


def invented_areas(count: int) -> list[str]:
    """Return regional keys of municipalities that do not exist."""
    return [f"05{900 + number // 100:03d}{number:04d}{number:03d}" for number in range(count)]


def invented_keys(count: int) -> list[str]:
    """Return LeiKa keys that look like real ones."""
    return [f"99{100 + number % 89:03d}{number:03d}104000" for number in range(count)]


def write_mixed(path: Path, size: int, *, seed: int = 1) -> Path:
    """Write one file of about ``size`` bytes with objects of all classes."""
    rng = random.Random(seed)
    texts = [paragraph(rng) for _ in range(400)]
    areas = invented_areas(396)
    keys = invented_keys(557)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD.format(number=seed, day=1))
        number = 0
        while file.tell() < size:
            for _ in range(20):  # asking for the position takes time
                number += 1
                area = areas[number % len(areas)]
                write_service(file, rng, number, keys[number % len(keys)], texts)
                write_unit(file, number, area)
                write_online_service(file, number, area)
                for part in range(5):
                    key = number * 5 + part
                    file.write(responsibility(key, number, number, areas[key % len(areas)], part == 4))
        file.write(FOOT)
    return path


def write_responsibilities(
    folder: Path,
    records: int,
    *,
    areas: Sequence[str],
    keys: Sequence[str],
    files: int = 1,
    seed: int = 1,
    changed: float = 0.0,
    change_seed: int = 2,
) -> list[Path]:
    """Write a delivery of ``files`` files with one service per key and one unit per area.

    Responsibilities run through all pairs of area and key, in a shuffled order of areas. ``changed`` per
    cent of them, chosen by ``change_seed``, get another area; so does the time of the delivery.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    places = list(areas)
    rng.shuffle(places)
    others = random.Random(change_seed)
    written = []
    for part, numbers in enumerate(split(records, files)):
        path = folder / f"XZUFI{part + 1:06d}.xml"
        with path.open("w", encoding="utf-8") as file:
            file.write(HEAD.format(number=part + 1, day=2 if changed else 1))
            if part == 0:
                write_context(file, rng, places, keys)
            for number in numbers:
                unit = number % len(places)
                area = places[unit]
                if changed and others.random() * 100 < changed:
                    area = places[(unit + 1 + others.randrange(len(places) - 1)) % len(places)]
                service = (number // len(places)) % len(keys)
                file.write(responsibility(number, unit, service, area, number % 10 == 9))
            file.write(FOOT)
        written.append(path)
    return written


def split(records: int, files: int) -> Iterator[range]:
    """Split so many numbers into ranges of about the same length."""
    for part in range(files):
        yield range(records * part // files, records * (part + 1) // files)


def write_context(file: TextIO, rng: random.Random, areas: Sequence[str], keys: Iterable[str]) -> None:
    """Write the services, units and online services that responsibilities refer to."""
    texts = [paragraph(rng) for _ in range(50)]
    for number, key in enumerate(keys):
        write_service(file, rng, number, key, texts, modules=("02", "03", "06"))
    for number, area in enumerate(areas):
        write_unit(file, number, area)
        write_online_service(file, number, area)


def paragraph(rng: random.Random) -> str:
    """Return escaped HTML of a few sentences."""
    sentences = []
    for _ in range(rng.randint(1, 5)):
        words = rng.choices(WORDS, k=rng.randint(6, 18))
        sentences.append(f"{' '.join(words).capitalize()}.")
    body = f"<p>{' '.join(sentences[:2])}</p>"
    if len(sentences) > 2:
        body += "<ul>" + "".join(f"<li>{sentence}</li>" for sentence in sentences[2:]) + "</ul>"
    return escape(body)


def write_service(
    file: TextIO,
    rng: random.Random,
    number: int,
    key: str,
    texts: Sequence[str],
    modules: Sequence[str] = ALL_MODULES,
) -> None:
    """Write a service; with all modules it has about 130 elements and 12 kB."""
    title = f"{SUBJECTS[number % len(SUBJECTS)]} {ACTS[number % len(ACTS)]}"
    write = file.write
    write(f"""  <xzufi:schreibe>
    <xzufi:leistung>
      <xzufi:id schemeAgencyID="{AGENCY}" schemeID="Leistung">{1_000_000 + number}</xzufi:id>
      <xzufi:struktur xsi:type="xzufi:LeistungsstrukturObjektMitVerrichtung">
        <xzufi:leistungsobjektID schemeID="urn:de:fim:leika:leistung">{key[:8]}000000\
</xzufi:leistungsobjektID>
        <xzufi:verrichtung>
          <xzufi:verrichtungLeiKa listURI="urn:de:fim:leika:verrichtung"><code>{key[8:11]}</code>\
</xzufi:verrichtungLeiKa>
        </xzufi:verrichtung>
      </xzufi:struktur>
      <xzufi:referenzLeiKa listURI="urn:de:fim:leika:leistung"><code>{key}</code></xzufi:referenzLeiKa>
""")
    for position, code in enumerate(modules, start=1):
        titles = {"02": title.title(), "03": title}
        text = titles.get(code) or rng.choice(texts)
        write(f"""      <xzufi:modulText>
        <xzufi:positionDarstellung>{position}</xzufi:positionDarstellung>
        <xzufi:leikaTextmodul listURI="urn:de:xzufi:codeliste:leistungstextmodulleika" \
listVersionID="20240216"><code>{code}</code></xzufi:leikaTextmodul>
        <xzufi:inhalt languageCode="de">{text}</xzufi:inhalt>
""")
        if code in ("14", "15"):
            write(f"""        <xzufi:weiterfuehrenderLink languageCode="de">
          <xzufi:uri>https://formulare.example/{key}/{number}</xzufi:uri>
          <xzufi:titel>{title}</xzufi:titel>
        </xzufi:weiterfuehrenderLink>
""")
        write("      </xzufi:modulText>\n")
    write_particulars(file, rng, number)


def write_particulars(file: TextIO, rng: random.Random, number: int) -> None:
    """Write the end of a service: synonyms, type, categories, dates."""
    write = file.write
    for word in rng.choices(WORDS, k=6):
        write(f"""      <xzufi:modulBegriffImKontext>
        <xzufi:begriffImKontext><xzufi:begriff languageCode="de">{word}</xzufi:begriff>\
</xzufi:begriffImKontext>
      </xzufi:modulBegriffImKontext>
""")
    write("""      <xzufi:typisierung listURI="urn:de:fim:leika:typisierung"><code>2/3b</code>\
</xzufi:typisierung>
""")
    for group in range(4):
        write(f"""      <xzufi:kategorie>
        <xzufi:id schemeAgencyID="{AGENCY}">K{number % 97}-{group}</xzufi:id>
        <xzufi:bezeichnung languageCode="de">Lebenslage {number % 97}</xzufi:bezeichnung>
        <xzufi:klasse><xzufi:id schemeAgencyID="{AGENCY}">LL</xzufi:id>\
<xzufi:bezeichnung languageCode="de">Lebenslagen</xzufi:bezeichnung></xzufi:klasse>
      </xzufi:kategorie>
""")
    write(f"""      <xzufi:gueltigkeitGebietID \
schemeID="urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs">05</xzufi:gueltigkeitGebietID>
      <xzufi:versionsinformation>
        <xzufi:erstelltDatumZeit>2022-01-10T09:00:00+01:00</xzufi:erstelltDatumZeit>
        <xzufi:geaendertDatumZeit>2025-03-13T17:21:{number % 60:02d}+01:00</xzufi:geaendertDatumZeit>
        <xzufi:version>{number % 30}</xzufi:version>
      </xzufi:versionsinformation>
      <xzufi:sprachversion><xzufi:languageCode>de</xzufi:languageCode>\
<xzufi:sprachbezeichnungDeutsch>Deutsch</xzufi:sprachbezeichnungDeutsch></xzufi:sprachversion>
    </xzufi:leistung>
  </xzufi:schreibe>
""")


def write_unit(file: TextIO, number: int, area: str) -> None:
    """Write an organisational unit."""
    file.write(f"""  <xzufi:schreibe>
    <xzufi:organisationseinheit>
      <xzufi:id schemeAgencyID="{AGENCY}" schemeID="Organisationseinheit">OE-{number}</xzufi:id>
      <xzufi:name><xzufi:name languageCode="de">Bürgeramt {number}</xzufi:name></xzufi:name>
      <xzufi:anschrift>
        <xzufi:strasse>Am Rathaus</xzufi:strasse><xzufi:hausnummer>{number % 99 + 1}</xzufi:hausnummer>
        <xzufi:postleitzahl>{number % 90000 + 1000:05d}</xzufi:postleitzahl><xzufi:ort>Musterstadt</xzufi:ort>
        <xzufi:verwaltungspolitischeKodierung>
          <xzufi:gemeindeschluessel><code>{area[:5]}{area[9:]}</code></xzufi:gemeindeschluessel>
          <xzufi:regionalschluessel><code>{area}</code></xzufi:regionalschluessel>
        </xzufi:verwaltungspolitischeKodierung>
      </xzufi:anschrift>
      <xzufi:kommunikation>
        <xzufi:kanal listURI="urn:de:xoev:codeliste:erreichbarkeit"><code>01</code></xzufi:kanal>
        <xzufi:kennung>amt{number}@musterstadt.example</xzufi:kennung>
      </xzufi:kommunikation>
      <xzufi:versionsinformation>
        <xzufi:geaendertDatumZeit>2025-03-12T08:00:00Z</xzufi:geaendertDatumZeit>
      </xzufi:versionsinformation>
    </xzufi:organisationseinheit>
  </xzufi:schreibe>
""")


def write_online_service(file: TextIO, number: int, area: str) -> None:
    """Write an online service."""
    file.write(f"""  <xzufi:schreibe>
    <xzufi:onlinedienst xsi:type="xzufi:OnlinedienstErweitert">
      <xzufi:id schemeAgencyID="{AGENCY}" schemeID="Onlinedienst">OD-{number}</xzufi:id>
      <xzufi:bezeichnung languageCode="de">Onlinedienst {number}</xzufi:bezeichnung>
      <xzufi:link languageCode="de">
        <xzufi:typ listURI="urn:xoev-de:fim:codeliste:onlinedienstlinktyp"><code>01</code></xzufi:typ>
        <xzufi:link>https://online.example/{number}?ars={area}</xzufi:link>
        <xzufi:titel>Antrag starten</xzufi:titel>
      </xzufi:link>
      <xzufi:vertrauensniveau><code>20</code></xzufi:vertrauensniveau>
    </xzufi:onlinedienst>
  </xzufi:schreibe>
""")


def responsibility(number: int, provider: int, service: int, area: str, is_online: bool) -> str:
    """Return a responsibility of about 700 bytes."""
    kind, prefix = ("Onlinedienst", "OD") if is_online else ("Organisationseinheit", "OE")
    return f"""  <xzufi:schreibe>
    <xzufi:zustaendigkeitTransferObjekt>
      <xzufi:uebergeordnetesObjektID schemeAgencyID="{AGENCY}" schemeID="{kind}">{prefix}-{provider}\
</xzufi:uebergeordnetesObjektID>
      <xzufi:zustaendigkeit xsi:type="xzufi:Zustaendigkeit{kind}">
        <xzufi:id schemeAgencyID="{AGENCY}" schemeID="Zustaendigkeit{kind}">Z-{number}</xzufi:id>
        <xzufi:leistungID schemeAgencyID="{AGENCY}" schemeID="Leistung">{1_000_000 + service}\
</xzufi:leistungID>
        <xzufi:gebietID>{area}</xzufi:gebietID>
        <xzufi:rolle><code>01</code></xzufi:rolle>
      </xzufi:zustaendigkeit>
    </xzufi:zustaendigkeitTransferObjekt>
  </xzufi:schreibe>
"""


if __name__ == "__main__":
    main()
