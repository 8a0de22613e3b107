"""index_tile and FrameIndex."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from streaming.codestream.index import FrameIndex, index_tile
from streaming.codestream.markers import marker_at, read_coding, read_size
from streaming.codestream.packets import packets_per_segment, read_packet_lengths
from streaming.errors import CodestreamError
from tests.streaming.codestream.pictures import j2k, waves

GREY = j2k(waves(40, 50, "grey16"), layers=3, resolutions=3)


def segment(code: int, content: bytes) -> bytes:
    return struct.pack(">HH", code, len(content) + 2) + content


def parts(codestream: bytes) -> list[bytes]:
    """Return SOC, each marker segment, and the rest from SOD on."""
    cut = [codestream[:2]]
    place = 2
    while codestream[place : place + 2] != b"\xff\x93":
        marker = marker_at(codestream, place)
        cut.append(codestream[marker.start : marker.end])
        place = marker.end
    return [*cut, codestream[place:]]


def place_of(code: int) -> int:
    return next(n for n, part in enumerate(parts(GREY)) if part[:2] == code.to_bytes(2, "big"))


def changed(code: int, change: Callable[[bytes], bytes]) -> bytes:
    """Return GREY with one marker segment replaced."""
    cut = parts(GREY)
    cut[place_of(code)] = change(cut[place_of(code)])
    return b"".join(cut)


def poked(code: int, at: int, value: bytes) -> bytes:
    """Return GREY with bytes of one marker's content replaced."""
    return changed(code, lambda part: part[: 4 + at] + value + part[4 + at + len(value) :])


def without_plt() -> bytes:
    return changed(0xFF58, lambda _: b"")


def test_header_keeps_what_a_decoder_needs() -> None:
    tile = index_tile(GREY)
    codes = [part[:2].hex() for part in parts(tile.header + b"\xff\x93")[:4]]
    assert codes == ["ff4f", "ff51", "ff52", "ff5c"]
    assert b"OpenJPEG" not in tile.header
    assert sum(map(sum, tile.lengths)) == len(tile.body)


def test_psot_0_means_to_the_end() -> None:
    assert index_tile(poked(0xFF90, 2, bytes(4))) == index_tile(GREY)


def test_tlm_and_plm_are_left_out() -> None:
    cut = parts(GREY)
    cut[2:2] = [segment(0xFF55, b"\x00\x40\x00\x00\x00\x00"), segment(0xFF57, b"\x00")]
    assert index_tile(b"".join(cut)) == index_tile(GREY)


def test_lengths_may_go_on_in_the_next_plt() -> None:
    def split(part: bytes) -> bytes:
        lengths = part[5:]
        half = next(n for n, byte in enumerate(lengths) if byte >= 0x80) + 1
        return segment(0xFF58, b"\x00" + lengths[:half]) + segment(0xFF58, b"\x01" + lengths[half:])

    long = changed(0xFF58, split)
    grown = len(long) - len(GREY)
    cut = parts(long)
    sot = place_of(0xFF90)
    psot = int.from_bytes(cut[sot][6:10], "big") + grown
    cut[sot] = cut[sot][:6] + psot.to_bytes(4, "big") + cut[sot][10:]
    assert index_tile(b"".join(cut)) == index_tile(GREY)


@pytest.mark.parametrize(
    ("codestream", "sentence"),
    [
        (b"", "no J2K"),
        (GREY[:2], "ends where a marker"),
        (GREY[:3], "ends where a marker"),
        (GREY[:2] + b"\x00\x00" + GREY[4:], "no marker"),
        (GREY[:20], "longer than the codestream"),
        (GREY[:4] + b"\x00\x01" + GREY[6:], "longer than the codestream"),
        (changed(0xFF51, lambda _: b""), "not SIZ"),
        (changed(0xFF52, lambda part: part * 2), "not SIZ"),
        (changed(0xFF5C, lambda _: b""), "not SIZ"),
        (changed(0xFF5C, lambda part: part + parts(GREY)[1]), "changes the order"),
        (changed(0xFF5C, lambda part: part + segment(0xFF5F, b"0")), "changes the order"),
        (changed(0xFF51, lambda _: segment(0xFF51, b"short")), "SIZ is too short"),
        (poked(0xFF51, 34, b"\x00\x02"), "1 to 4 components"),
        (poked(0xFF51, 2, bytes(4)), "no pixel"),
        (poked(0xFF51, 10, b"\x00\x00\x00\x01"), "does not begin at 0, 0"),
        (poked(0xFF51, 18, b"\x00\x00\x00\x10"), "more than one tile"),
        (poked(0xFF51, 37, b"\x02"), "subsampled"),
        (changed(0xFF52, lambda _: segment(0xFF52, b"short")), "COD is too short"),
        (poked(0xFF52, 1, b"\x01"), "not LRCP"),
        (poked(0xFF52, 0, b"\x02"), "SOP or EPH"),
        (poked(0xFF52, 2, b"\x00\x00"), "layers or"),
        (poked(0xFF52, 2, b"\x00\x11"), "layers or"),
        (poked(0xFF52, 5, b"\x20"), "layers or"),
        (poked(0xFF52, 0, b"\x01"), "wrong length for its precinct"),
        (changed(0xFF90, lambda _: segment(0xFF90, b"1234567")), "SOT has a wrong length"),
        (poked(0xFF90, 0, b"\x00\x01"), "several tile-parts"),
        (poked(0xFF90, 6, b"\x01"), "several tile-parts"),
        (poked(0xFF90, 7, b"\x02"), "several tile-parts"),
        (poked(0xFF90, 2, b"\x00\x00\x00\x20"), "not closed by EOC"),
        (GREY[:-2], "not closed by EOC"),
        (GREY + b"\x00", "not closed by EOC"),
        (changed(0xFF58, lambda _: parts(GREY)[place_of(0xFF52)]), "not closed"),
        (poked(0xFF58, 0, b"\x01"), "not in order"),
        (poked(0xFF58, 1, b"\x00"), "no bytes"),
        (poked(0xFF58, 1, b"\x01"), "do not add up"),
    ],
)
def test_other_codestreams_are_refused(codestream: bytes, sentence: str) -> None:
    with pytest.raises(CodestreamError, match=sentence):
        index_tile(codestream)


def test_a_tile_part_must_not_change_the_order() -> None:
    cut = parts(poked(0xFF90, 2, bytes(4)))
    cut.insert(-1, segment(0xFF61, b"\x00"))
    with pytest.raises(CodestreamError, match="tile-part header"):
        index_tile(b"".join(cut))


def test_plt_must_name_every_packet() -> None:
    cut = parts(poked(0xFF90, 2, bytes(4)))
    del cut[place_of(0xFF58)]
    with pytest.raises(CodestreamError, match="PLT is missing"):
        index_tile(b"".join(cut))


def test_a_segment_has_a_longest_length() -> None:
    lengths = read_packet_lengths([b"\x00" + b"\xa0\x80\x80\x80" + b"\x01"])
    assert lengths == [1 | 0x20 << 28]
    cut = parts(poked(0xFF90, 2, bytes(4)))
    packets = 9
    cut[place_of(0xFF58)] = segment(0xFF58, b"\x00" + b"\xa0\x80\x80\x01" * packets)
    with pytest.raises(CodestreamError, match="longer than"):
        index_tile(b"".join(cut))


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ([b""], "not in order"),
        ([b"\x00\x80"], "cut off"),
        ([b"\x00" + b"\x80" * 6 + b"\x01"], "longer than 32 bits"),
    ],
)
def test_packet_lengths_refused(contents: list[bytes], sentence: str) -> None:
    with pytest.raises(CodestreamError, match=sentence):
        read_packet_lengths(contents)


def test_precincts_are_counted_on_each_resolution() -> None:
    size = read_size(
        struct.pack(">HIIIIIIIIH", 0, 300, 200, 0, 0, 300, 200, 0, 0, 1) + b"\x07\x01\x01"
    )
    coding = read_coding(b"\x01\x00\x00\x02\x00\x02\x04\x04\x00\x01" + b"\x66\x66\x77")
    # 75 x 50, 150 x 100 and 300 x 200 samples in precincts of 64, 64 and 128
    assert packets_per_segment(size, coding) == (2 * 1, 3 * 2, 3 * 2)


def test_precincts_of_one_sample_only_at_the_smallest() -> None:
    size = read_size(struct.pack(">HIIIIIIIIH", 0, 4, 4, 0, 0, 4, 4, 0, 0, 1) + b"\x07\x01\x01")
    coding = read_coding(b"\x01\x00\x00\x02\x00\x01\x04\x04\x00\x01" + b"\x00\x00")
    with pytest.raises(CodestreamError, match="1 sample"):
        packets_per_segment(size, coding)


INDEX = FrameIndex((((1, 2), (3, 4)), (), ((5, 6),)))


def test_segments_are_located() -> None:
    assert INDEX.total == 21
    assert INDEX.locate(0, 0, 0) == (0, 1)
    assert INDEX.locate(0, 1, 0) == (3, 3)
    assert INDEX.locate(2, 0, 1) == (15, 6)


@pytest.mark.parametrize("place", [(1, 0, 0), (3, 0, 0), (0, 2, 0), (0, 0, 2), (-1, 0, 0)])
def test_segments_that_are_not_there(place: tuple[int, int, int]) -> None:
    with pytest.raises(CodestreamError, match="no such segment"):
        INDEX.locate(*place)


def test_an_index_comes_back() -> None:
    assert FrameIndex.from_dict(INDEX.to_dict()) == INDEX


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"lengths": {}},
        {"lengths": [[[0]]]},
        {"lengths": [[[1], [1, 2]]]},
        {"lengths": [[[]]]},
        {"lengths": [], "extra": 1},
    ],
)
def test_an_index_refused(value: Any) -> None:
    with pytest.raises(CodestreamError):
        FrameIndex.from_dict(value)
