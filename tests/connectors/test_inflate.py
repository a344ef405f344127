"""Undoing compression in bounded memory."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.inflate import CompressionBroken, Inflater, RatioExceeded


def inflate(data: bytes, step: int = 65_536, max_ratio: int = 200) -> bytes:
    inflater = Inflater(max_ratio)
    pieces = [
        piece for start in range(0, len(data), step) for piece in inflater.feed(data[start : start + step])
    ]
    inflater.finish()
    assert all(len(piece) <= 65_536 for piece in pieces)
    return b"".join(pieces)


def raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


@given(st.binary(max_size=5_000), st.integers(min_value=1, max_value=500))
def test_gzip_and_both_kinds_of_deflate_come_out_as_they_went_in(data: bytes, step: int) -> None:
    assert inflate(gzip.compress(data), step) == data
    assert inflate(zlib.compress(data), step) == data
    assert inflate(raw_deflate(data), step) == data


@pytest.mark.parametrize("step", [1, 7, 65_536])
def test_several_members_and_padding_are_one_stream(step: int) -> None:
    packed = gzip.compress(b"eins") + gzip.compress(b"zwei") + bytes(512)
    assert inflate(packed, step) == b"einszwei"


def test_content_larger_than_a_step_is_not_lost() -> None:
    data = bytes(1_000_000)
    assert inflate(gzip.compress(data)) == data


def test_nothing_stays_nothing() -> None:
    assert inflate(b"") == b""


@pytest.mark.parametrize("share", [1, 20, 50, 99])
def test_a_cut_is_noticed(share: int) -> None:
    packed = gzip.compress(b"".join(b"%d;" % number for number in range(50_000)))
    with pytest.raises(CompressionBroken):
        inflate(packed[: len(packed) * share // 100])


def test_damage_is_noticed() -> None:
    packed = bytearray(gzip.compress(b"Leistungen" * 1_000))
    packed[-5] ^= 0xFF
    with pytest.raises(CompressionBroken):
        inflate(bytes(packed))


def test_garbage_behind_the_end_is_noticed() -> None:
    with pytest.raises(CompressionBroken):
        inflate(gzip.compress(b"eins") + b"garbage")


def test_a_bomb_is_stopped_at_the_ratio() -> None:
    packed = gzip.compress(bytes(20_000_000), 9)
    pieces = Inflater(200).feed(packed)
    came_out: list[int] = []
    with pytest.raises(RatioExceeded):
        came_out.extend(len(piece) for piece in pieces)
    assert sum(came_out) <= 1_048_576


def test_small_content_may_be_as_repetitive_as_it_likes() -> None:
    assert inflate(gzip.compress(bytes(1_000_000), 9)) == bytes(1_000_000)
