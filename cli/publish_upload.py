"""A form with one file as the body of a request, read from the disk while it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from urllib3.filepost import choose_boundary, encode_multipart_formdata

__all__ = ["Upload"]

_BLOCK: Final = 65_536


class Upload:
    """The body ``multipart/form-data``: text fields, then the field ``upload`` with a file.

    ``check`` is called before every block, so that a receiver that takes its time cannot hold up the
    sender for ever; what it raises ends the request. To be read once.
    """

    def __init__(
        self, fields: Mapping[str, str], path: Path, media_type: str, check: Callable[[], object]
    ) -> None:
        boundary = choose_boundary()
        # Everything around the file is encoded with an empty one, and cut where the file belongs.
        whole, self.content_type = encode_multipart_formdata(
            {**fields, "upload": (path.name, b"", media_type)}, boundary
        )
        self._end = f"\r\n--{boundary}--\r\n".encode()
        self._start = whole.removesuffix(self._end)
        self._path = path
        self._check = check
        self._blocks: Iterator[bytes] | None = None
        self._size = path.stat().st_size

    def __len__(self) -> int:
        return len(self._start) + self._size + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as stream:
            yield self._start
            yield from self._of_file(stream)
            yield self._end

    def _of_file(self, stream: BinaryIO) -> Iterator[bytes]:
        left = self._size
        while left and (block := stream.read(min(_BLOCK, left))):
            self._check()
            left -= len(block)
            yield block
