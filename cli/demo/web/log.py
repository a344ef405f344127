"""The demo's Bereitstelldienst: a log of what some feeds had one night before, in blocks of XZuFi."""

from __future__ import annotations

from dataclasses import replace

from cli.demo.chance import chance
from cli.demo.message import CLASSES, Message, write_message
from cli.demo.objects import Content, Entry, Id, OnlineService, Responsibility, Row, Service, Unit

__all__ = ["FEEDS", "append_blocks", "log_content"]

#: The feeds whose objects the log repeats, a part of them and one night late.
FEEDS = ("dorsten", "herne", "marl", "recklinghausen")
_SHARE = 0.5
_PER_BLOCK = 150
#: Deletions of objects that nobody knows are part of every night.
_ORPHANS = 30


def log_content(contents: dict[str, Content]) -> Content:
    """Return what the log amounts to when feeds have these contents."""
    found = Content()
    for feed in FEEDS:
        content = contents[feed]
        services = {entry.id: entry for entry in content.of(Service)}
        units = {entry.id: entry for entry in content.of(Unit)}
        online = {entry.id: entry for entry in content.of(OnlineService)}
        for entry in content.of(Responsibility):
            if chance("log", feed, entry.id.number.removeprefix("Z")[1:]) >= _SHARE:
                continue
            provider = online[entry.provider] if entry.online else units[entry.provider]
            # Blocks may part what belongs together, so that nothing is written inside of something else.
            alone = replace(entry, embedded=False)
            for known in (provider, *(services[each] for each in entry.services if each in services), alone):
                found.add(known)
    return found


def append_blocks(blocks: list[dict[str, object]], content: Content, before: Content, created: str) -> None:
    """Append what changed: blocks of changes, an empty one, and one of deletions."""
    gone = [entry for key, entry in before.objects.items() if key not in content.objects]
    writes = [entry for key, entry in content.objects.items() if before.objects.get(key) != entry]
    for start in range(0, len(writes), _PER_BLOCK):
        part = tuple(writes[start : start + _PER_BLOCK])
        _append(blocks, Message(created, part), len(part))
    _append(blocks, None, 0)
    deletes = [(CLASSES[type(entry)], entry.id) for entry in gone if not _is_row(entry)]
    deletes += [("Zustaendigkeit", Id("S199099", f"WEG-{number}")) for number in range(_ORPHANS)]
    _append(blocks, Message(created, (), tuple(deletes)), len(deletes))


def _append(blocks: list[dict[str, object]], message: Message | None, count: int) -> None:
    last = blocks[-1] if blocks else {"next": 0}
    index = int(str(last["next"]))
    xml = write_message(message).decode() if message else ""
    # Even an empty block leads on: what it held was taken out of the log.
    blocks.append({"index": index, "count": count, "next": index + max(count, 1), "xml": xml})


def _is_row(entry: Entry) -> bool:
    return isinstance(entry, Row)
