"""Run all benchmarks and show what was promised beside what was measured.

    python benchmarks/run.py [--quick]

The results go to work/results.json as well. --quick measures a tenth of the data; its ratios say little.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    records = "100000" if given.quick else "1000000"
    read = ["--rounds", "1"] if given.quick else []
    results = {
        "read_xzufi": measure("read_xzufi.py", *read),
        "sync_xzufi": measure("sync_xzufi.py", "--records", records),
        "sync_xzufi_one_file": measure("sync_xzufi.py", "--records", records, "--files", "1"),
        "sync_postgres": measure("sync_postgres.py", "--records", records),
        "cells": measure("cells.py"),
        "questions": measure("questions.py"),
        "matching": measure("matching.py"),
        "read_pages": measure("read_pages.py"),
        "crawl": measure("crawl.py", *read),
        "workbook": measure("workbook.py", "--areas", "10" if given.quick else "40"),
        "page": measure("page.py"),
        "opendata": measure("opendata.py", *read),
        "serve": measure("serve.py", *read),
    }
    (HERE / "work" / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


def measure(script: str, *arguments: str) -> object:
    """Run one benchmark in a process of its own and return what it printed."""
    print(f"{script} …", file=sys.stderr)
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
