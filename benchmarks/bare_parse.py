"""The baseline of reading XZuFi: the bare tag-filtered lxml iterparse with clearing, nothing extracted.

python benchmarks/bare_parse.py FILE
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lxml import etree

NAMESPACE = "{http://xoev.de/schemata/xzufi/2_2_0}"


def bare_parse(path: Path) -> int:
    """Return the number of write and delete operations in a file."""
    operations = 0
    events = etree.iterparse(
        str(path),
        events=("end",),
        tag=(f"{NAMESPACE}schreibe", f"{NAMESPACE}loesche"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in events:
        operations += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return operations


if __name__ == "__main__":
    begin = time.process_time()
    count = bare_parse(Path(sys.argv[1]))
    print(f"{count} operations in {time.process_time() - begin:.2f} s")
