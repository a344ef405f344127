"""What a notice says, as plain data: composed once, kept in the book, sent from there word by word."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, NamedTuple

from catalogue.texts import printable

__all__ = ["Attachable", "Block", "Content", "Draft", "Known", "one_line"]

#: Characters of one line, lines of one block, characters of a title.
LONGEST_LINE: Final = 1_000
MOST_LINES: Final = 120
LONGEST_TITLE: Final = 150


class Block(NamedTuple):
    """Lines under a heading."""

    heading: str
    lines: tuple[str, ...]


class Attachable(NamedTuple):
    """The workbook that belongs to a notice: that of an area, or of the whole region if ``ars`` is empty."""

    ars: str
    level: str
    area: str


class Known(NamedTuple):
    """What a recipient was told of a trouble: its mark, its first day, when it was told last."""

    mark: str
    since: str
    told: str
    name: str


@dataclass(frozen=True)
class Content:
    """A notice in the words of one language.

    ``standing`` are all troubles told so far and not over, by their key. ``given`` are hashes of the mail
    addresses whose server took it already; nobody's address is kept. ``why`` are the parameters of the reason
    why it could not be sent.
    """

    language: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = ()
    workbook: Attachable | None = None
    standing: dict[str, Known] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    why: dict[str, str] = field(default_factory=dict)

    def bounded(self) -> Content:
        """Return the same with every text on one line and nothing longer than anybody reads."""
        return replace(
            self,
            title=one_line(self.title, LONGEST_TITLE),
            lead=one_line(self.lead),
            blocks=tuple(_bounded(block) for block in self.blocks if block.lines),
        )

    def written(self) -> str:
        """Return it as the book keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def read(cls, written: str) -> Content:
        """Return what the book keeps. Raise ValueError if this is something else."""
        try:
            found: dict[str, Any] = json.loads(written)
            workbook = found["workbook"]
            return cls(
                language=str(found["language"]),
                title=str(found["title"]),
                lead=str(found["lead"]),
                blocks=tuple(
                    Block(str(heading), tuple(map(str, lines))) for heading, lines in found["blocks"]
                ),
                workbook=None if workbook is None else Attachable(*map(str, workbook)),
                standing={str(key): Known(*map(str, one)) for key, one in found["standing"].items()},
                given=tuple(map(str, found["given"])),
                why={str(name): str(value) for name, value in found["why"].items()},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(type(error).__name__) from None


class Draft(NamedTuple):
    """A notice before it is in the book.

    ``subject`` is what it is about, once for each recipient and level.
    """

    recipient: str
    level: str
    subject: str
    trouble: str
    content: Content
    run: int | None


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return text from outside as one line without anything hidden in it."""
    plain = " ".join(printable(text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _bounded(block: Block) -> Block:
    lines = [one_line(line) for line in block.lines[:MOST_LINES]]
    if len(block.lines) > MOST_LINES:
        lines.append(f"… (+{len(block.lines) - MOST_LINES})")
    return Block(one_line(block.heading), tuple(lines))
