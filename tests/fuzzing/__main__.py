"""Fuzz one reader: ``python -m tests.fuzzing xzufi --seconds 600``.

Atheris (libFuzzer) changes the inputs and keeps those that reach new lines of our packages. An input that
crashes a reader, holds it for more than five seconds, or takes more than 300 MiB is written down and named.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

LONGEST = 5  # seconds for one input
MOST_MEMORY = 300  # MiB of the whole process
LARGEST = 60_000  # bytes of one input


def main() -> None:
    """Run libFuzzer on a target; it ends the process with a code other than 0 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("target", choices=("xzufi", "pages", "listing", "region"))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, help="folder that keeps what reaches new lines")
    parser.add_argument("--found", type=Path, default=Path("fuzzing-found"), help="folder for what is found")
    options = parser.parse_args()

    import atheris

    with atheris.instrument_imports(include=["connectors", "sync", "catalogue.keys", "catalogue.records"]):
        from tests.fuzzing.targets import FOUND, TARGETS

    target = TARGETS[options.target]
    with tempfile.TemporaryDirectory() as work:
        corpus = options.corpus or Path(work) / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        begin = [*target.seeds(), *(path.read_bytes() for path in sorted((FOUND / options.target).glob("*")))]
        for number, seed in enumerate(begin):
            (corpus / f"seed-{number}").write_bytes(seed)
        words = Path(work) / "words"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
        options.found.mkdir(parents=True, exist_ok=True)
        settings = {
            "max_total_time": options.seconds,
            "timeout": LONGEST,
            "rss_limit_mb": MOST_MEMORY,
            "max_len": LARGEST,
            "dict": words,
            "artifact_prefix": f"{options.found}/{options.target}-",
            "print_final_stats": 1,
        }
        arguments = [f"-{name}={value}" for name, value in settings.items()]
        atheris.Setup([sys.argv[0], *arguments, str(corpus)], target.run)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    """Return a word as libFuzzer's dictionaries want it: other bytes than plain ones as \\xAB."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}" for byte in word.encode()
    )


if __name__ == "__main__":
    main()
