"""The prepared index on disk, so that only the first call of a catalogue analyses thousands of names.

One file for each catalogue and version of the matcher, in the user's cache folder. The file begins with a
hash of the rest; whatever is damaged, or cannot be written, costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from catalogue.matching.names import Name, NameIndex
from catalogue.matching.outcome import VERSION
from catalogue.matching.reference import Reference
from catalogue.matching.wordings import read_wordings

__all__ = ["load_index"]

_DATA = Path(__file__).parent / "data"
#: Older files beyond so many are removed.
KEPT = 4


def load_index(reference: Reference, folder: Path | None = None) -> NameIndex:
    """Return the index of a catalogue, from the cache folder if it is there."""
    place = folder or user_cache_path("lueckenlos", appauthor=False)
    path = place / f"matching-{_fingerprint(reference)}.json"
    index = _read(path)
    if index is None:
        index = NameIndex.build(reference, read_wordings())
        with contextlib.suppress(OSError):
            _write(path, index)
    return index


def _fingerprint(reference: Reference) -> str:
    found = hashlib.sha256(f"{VERSION} {reference.digest()}".encode())
    for path in sorted((*_DATA.iterdir(), *Path(__file__).parent.glob("*.py"))):
        found.update(path.name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:32]


def _read(path: Path) -> NameIndex | None:
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest().encode() != digest:
        return None
    document = json.loads(content)
    names = [Name(text, tuple(ids), tuple(keys), kind) for text, ids, keys, kind in document["names"]]
    return NameIndex(names, document["vectors"], document["words"])


def _write(path: Path, index: NameIndex) -> None:
    """Write the file beside its place and move it there: readers see the old one or the new one."""
    document = {"names": index.names, "vectors": index.vectors, "words": sorted(index.analyst.lexicon.words)}
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".matching-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    older = sorted(path.parent.glob("matching-*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
    for one in older[KEPT:]:
        one.unlink(missing_ok=True)
