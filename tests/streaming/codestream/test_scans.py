"""split_scans and join_scans, against a real decoder."""

from __future__ import annotations

import numpy as np
import pytest

from streaming.codestream.scans import join_scans, split_scans
from streaming.errors import CodestreamError
from tests.streaming.codestream.pictures import decoded, jpeg, waves

PICTURE = waves(48, 64, "rgb")
PROGRESSIVE = jpeg(PICTURE, progressive=True)


def test_every_prefix_decodes_and_the_whole_is_the_source() -> None:
    scans = split_scans(PROGRESSIVE)
    assert len(scans) == 10
    assert join_scans(scans) == PROGRESSIVE
    errors = []
    for count in range(1, len(scans) + 1):
        shown = decoded(join_scans(scans[:count]))
        errors.append(float(np.mean(np.abs(shown.astype(int) - PICTURE))))
    assert errors[-1] == min(errors)


def test_baseline_is_one_scan() -> None:
    baseline = jpeg(PICTURE)
    assert split_scans(baseline) == (baseline[:-2],)


def test_restart_markers_are_part_of_a_scan() -> None:
    baseline = jpeg(PICTURE, restart_marker_blocks=1)
    assert b"\xff\xd0" in baseline
    assert split_scans(baseline) == (baseline[:-2],)


def test_an_even_length_may_be_filled_up() -> None:
    assert split_scans(PROGRESSIVE + b"\x00") == split_scans(PROGRESSIVE)


def test_fill_bytes_and_markers_without_length_are_kept() -> None:
    scan = b"\xff\xda\x00\x02" + b"\x01\xff\x00\x02\xff"
    tem = b"\xff\x01"
    assert split_scans(b"\xff\xd8" + tem + scan + b"\xff\xd9") == (b"\xff\xd8" + tem + scan,)


def test_more_scans_than_layers_stay_together() -> None:
    scan = b"\xff\xda\x00\x02\x01"
    many = b"\xff\xd8" + scan * 20 + b"\xff\xd9"
    scans = split_scans(many)
    assert len(scans) == 16
    assert scans[-1] == scan * 5
    assert join_scans(scans) == many


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no JPEG"),
        (b"\xff\xd8", "no marker"),
        (b"\xff\xd8\xff", "no marker"),
        (b"\xff\xd8\x00\x00", "no marker"),
        (b"\xff\xd8\xff\xd9", "does not end with a scan"),
        (b"\xff\xd8\xff\xdb\x00\x09", "longer than the JPEG"),
        (b"\xff\xd8\xff\xdb\x00\x01", "longer than the JPEG"),
        (b"\xff\xd8\xff\xda\x00\x02\x01", "middle of a scan"),
        (b"\xff\xd8\xff\xda\x00\x02\x01\xff", "middle of a scan"),
        (PROGRESSIVE[:-2], "middle of a scan"),
        (PROGRESSIVE + b"\x01", "behind"),
        (PROGRESSIVE[:-2] + b"\xff\xfe\x00\x02\xff\xd9", "does not end with a scan"),
    ],
)
def test_other_bytes_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(CodestreamError, match=sentence):
        split_scans(data)


def test_nothing_cannot_be_joined() -> None:
    with pytest.raises(CodestreamError, match="No scan"):
        join_scans([])
