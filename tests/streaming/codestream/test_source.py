"""read_source: packets found from their headers alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streaming.codestream import partition, source
from streaming.codestream.markers import COD, SIZ, SOT
from streaming.codestream.source import read_source
from streaming.codestream.source_layers import index_source
from streaming.codestream.source_markers import read_source_size, read_source_style
from streaming.errors import CodestreamError
from tests.streaming.codestream.foreign import in_parts, marked, plt_lengths, poked
from tests.streaming.codestream.pictures import decoded, j2k, waves

SMALL = {"precinct_size": (32, 32), "codeblock_size": (16, 16)}
TILED = {"precinct_size": (64, 32), "codeblock_size": (32, 8), "tile_size": (70, 50)}
SHIFTED = SMALL | {"offset": (13, 7), "tile_offset": (5, 3), "tile_size": (100, 90)}
GREY = j2k(waves(40, 50, "grey16"), layers=3, resolutions=3, irreversible=True)
FOREIGN = sorted((Path(__file__).parent / "foreign").glob("*.j2k"))


def lengths(codestream: bytes) -> list[int]:
    return [len(packet.data) for tile in read_source(codestream).tiles for packet in tile.packets]


@pytest.mark.parametrize("options", [{}, SMALL, TILED, SHIFTED], ids=str)
@pytest.mark.parametrize("irreversible", [False, True])
@pytest.mark.parametrize("kind", ["grey8", "rgb"])
@pytest.mark.parametrize("progression", ["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"])
def test_lengths_are_those_that_the_encoder_states(
    progression: str, kind: str, irreversible: bool, options: dict[str, Any]
) -> None:
    codestream = j2k(
        waves(95, 123, kind), 3, 4, irreversible=irreversible, progression=progression, **options
    )
    assert lengths(codestream) == plt_lengths(codestream)


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_code_block_styles_and_marks_of_another_encoder(path: Path) -> None:
    """Bypass, termination on each pass, SOP and EPH: opj_compress wrote them (README.md there)."""
    codestream = path.read_bytes()
    marks = (6 if "sop" in path.stem else 0) + (2 if "eph" in path.stem else 0)
    assert [length + marks for length in lengths(codestream)] == plt_lengths(codestream)
    assert np.array_equal(decoded(index_source(codestream).whole()), decoded(codestream))


@pytest.mark.parametrize(("sop", "eph"), [(True, False), (False, True), (True, True)])
def test_marks_between_packets_are_left_out(sop: bool, eph: bool) -> None:
    codestream = marked(GREY, sop=sop, eph=eph)
    assert np.array_equal(decoded(codestream), decoded(GREY))
    assert lengths(codestream) == lengths(GREY)


def test_marks_that_are_allowed_need_not_be_there() -> None:
    assert lengths(poked(GREY, COD, 0, b"\x06")) == lengths(GREY)


@pytest.mark.parametrize("padding", [b"", b"\0", b"\xff"])
@pytest.mark.parametrize("open_end", [False, True])
def test_tile_parts_are_joined(padding: bytes, open_end: bool) -> None:
    packets = [packet.data for packet in read_source(GREY).tiles[0].packets]
    bodies = [b"".join(packets[:4]), b"", b"".join(packets[4:])]
    codestream = in_parts(GREY, bodies, open_end=open_end)
    assert lengths(codestream + padding) == lengths(GREY)


def refused(codestream: bytes, why: str) -> None:
    with pytest.raises(CodestreamError, match=why):
        read_source(codestream)


def body() -> bytes:
    return b"".join(packet.data for packet in read_source(GREY).tiles[0].packets)


def test_refuses_what_is_no_codestream_or_cut_off() -> None:
    refused(b"\xff\xd8\xff", "no J2K")
    refused(GREY[:-2], "ends where a marker")
    refused(GREY[:-30] + b"\xff\xd9", "ends before it begins, or behind")
    refused(GREY + b"more", "not closed by EOC")
    refused(in_parts(GREY, [body()[:-9]]), "cut off in the middle of a packet")
    refused(in_parts(GREY, [body()[:200]]), "cut off|ends in the middle")
    refused(in_parts(GREY, [body() + b"\0"]), "behind a tile's last packet")


def test_refuses_main_headers_that_it_does_not_read() -> None:
    refused(GREY[:2] + b"\xff\x64\x00\x02" + GREY[2:], "not SIZ with one COD")
    for code in (b"\xff\x53", b"\xff\x5e", b"\xff\x5f", b"\xff\x60", b"\xff\x50"):
        place = GREY.index(b"\xff\x52")
        refused(GREY[:place] + code + b"\x00\x02" + GREY[place:], "markers that are not read")


def test_refuses_sizes_that_are_not_sound_or_subsampled() -> None:
    refused(poked(GREY, SIZ, 34, b"\x00\x02"), "1 to 4 components")
    refused(poked(GREY, SIZ, 37, b"\x02"), "subsampled")
    refused(poked(GREY, SIZ, 2, bytes(4)), "no image")
    refused(poked(GREY, SIZ, 18, bytes(4)), "no image")
    wide = poked(GREY, SIZ, 2, b"\0\1\0\0\0\1\0\0")
    refused(poked(wide, SIZ, 18, b"\0\0\1\0\0\0\1\0"), "more than 4096 tiles")
    with pytest.raises(CodestreamError, match="too short"):
        read_source_size(bytes(35))


def test_refuses_styles_that_part_1_does_not_have() -> None:
    refused(poked(GREY, COD, 1, b"\x05"), "Part 1")
    refused(poked(GREY, COD, 0, b"\x08"), "Part 1")
    refused(poked(GREY, COD, 8, b"\x40"), "Part 1")
    refused(poked(GREY, COD, 9, b"\x02"), "Part 1")
    refused(poked(GREY, COD, 6, b"\x09"), "larger than")
    refused(poked(GREY, COD, 6, b"\x06\x06"), "larger than")
    refused(poked(GREY, COD, 2, b"\x00\x11"), "layers")
    refused(poked(GREY, COD, 5, b"\x10"), "resolutions")
    refused(poked(GREY, COD, 0, b"\x01"), "wrong length")
    small = j2k(waves(40, 50, "grey8"), 1, 2, precinct_size=(32, 32))
    refused(poked(small, COD, 11, b"\x00"), "precinct of 1 sample")
    with pytest.raises(CodestreamError, match="too short"):
        read_source_style(bytes(9))


def test_refuses_tile_parts_out_of_order() -> None:
    packets = body()
    parts = in_parts(GREY, [packets[:5], packets[5:]])
    place = parts.rindex(b"\xff\x90\x00\x0a")
    refused(parts[: place + 10] + b"\x05" + parts[place + 11 :], "out of order")
    refused(parts[: place + 5] + b"\x05" + parts[place + 6 :], "of no tile")
    start = GREY.index(SOT.to_bytes(2, "big"))
    refused(GREY[:start] + b"\xff\x90\x00\x03\x00" + GREY[start:], "wrong length")
    short = b"\xff\x90\x00\x0a" + bytes(5) + b"\x05\x00\x01"
    refused(GREY[:start] + short + GREY[start + 12 :], "before it begins")
    coded = GREY.index(b"\xff\x93")
    refused(GREY[:coded] + b"\xff\x61\x00\x03\x00" + GREY[coded:], "tile-part header")


def test_refuses_packets_numbered_wrongly() -> None:
    codestream = marked(GREY, sop=True, eph=False)
    place = codestream.index(b"\xff\x91\x00\x04\x00\x02")
    refused(codestream[: place + 5] + b"\x07" + codestream[place + 6 :], "numbered")


def test_refuses_more_than_any_picture_has(monkeypatch: pytest.MonkeyPatch) -> None:
    small = j2k(waves(90, 90, "grey8"), 1, 2, **SMALL)
    monkeypatch.setattr(source, "MAX_PACKETS", 3)
    refused(small, "too many packets")
    monkeypatch.setattr(source, "MAX_PACKETS", 1 << 18)
    monkeypatch.setattr(source, "MAX_TOLD", 3)
    refused(small, "too many packets")
    monkeypatch.setattr(partition, "MAX_BLOCKS", 3)
    refused(small, "too many code-blocks")
    monkeypatch.setattr(partition, "MAX_PRECINCTS", 3)
    refused(small, "too many precincts")


def test_refuses_more_empty_bit_planes_than_there_are() -> None:
    picture = j2k(waves(40, 40, "grey8"), 1, 1)
    # A packet, a block included, and then bit-planes of zeros without end.
    refused(in_parts(picture, [b"\xc0" + bytes(40)]), "more bit-planes")
