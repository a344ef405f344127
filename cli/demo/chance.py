"""Choices that come out the same every time, on every platform and in any order.

Each choice is a hash of what it is about. Unlike numbers drawn one after the other it does not move
when other choices are added or left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

__all__ = ["SEED", "chance", "pick"]

SEED = "lueckenlos-demo-1"


def chance(*about: str) -> float:
    """Return a number from 0 to below 1 that belongs to what it is about."""
    digest = blake2b("\x1f".join((SEED, *about)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2.0**48


def pick(candidates: Iterable[str], count: int, *about: str) -> list[str]:
    """Return ``count`` of the candidates (fewer if there are not so many)."""
    return sorted(candidates, key=lambda name: (chance(*about, name), name))[:count]
