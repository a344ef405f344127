"""What the HTTP client may do and take, and how it introduces itself."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

__all__ = ["FetchPolicy"]

MEBIBYTE = 1_048_576


def _user_agent() -> str:
    try:
        release = version("lueckenlos")
    except PackageNotFoundError:
        release = "dev"
    return f"Lueckenlos/{release} (reads which public services are offered; python-requests)"


@dataclass(frozen=True)
class FetchPolicy:
    """The limits of the HTTP client. Times are in seconds, sizes in bytes after decompression.

    A small answer has ``deadline`` seconds, redirects included, per attempt; half of it may pass without
    a byte. A download has the same for everything before its body, and ``download_deadline`` in all;
    its body must keep ``min_rate`` bytes per second over any ``rate_window``.
    ``max_wait`` is the longest pause between attempts that a server can ask for.
    ``allowed_hosts`` are patterns of the only hosts to ask, see ``connectors.hosts``; empty: all.
    ``ca_bundle`` names a file of certificate authorities to trust instead of the public ones.
    """

    allow_private: bool = False
    allowed_hosts: tuple[str, ...] = ()
    deadline: float = 60.0
    connect_timeout: float = 10.0
    download_deadline: float = 3_600.0
    min_rate: int = 10_000
    rate_window: float = 30.0
    max_bytes: int = 64 * MEBIBYTE
    max_download: int = 4_096 * MEBIBYTE
    max_ratio: int = 200
    attempts: int = 4
    max_wait: float = 120.0
    max_redirects: int = 5
    user_agent: str = _user_agent()
    ca_bundle: str | None = None
