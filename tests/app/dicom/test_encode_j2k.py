"""Frames as tiles of layered JPEG 2000."""

from __future__ import annotations

import hashlib
import io
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.dicom.encode import encode_frame
from app.dicom.encode_j2k import digest, encode_planes
from app.dicom.layers import LOSSLESS_ONLY, layers_for
from app.dicom.mapping import CodedPlane
from app.dicom.pixels import decode_frame
from app.dicom.reassemble import coded_tile, stored_samples
from streaming.codestream.assemble import assemble
from tests.app.dicom.making import gradient, make_dataset, save
from tests.app.dicom.public_data import public_file


@pytest.mark.parametrize(
    "samples",
    [
        gradient(600, 1100),
        gradient(512, 512, "i2") - 700,
        gradient(3, 5, "u1"),
        gradient(1, 1),
        gradient(1, 700),
        gradient(37, 41).astype("u4") * 90001,
        np.dstack([gradient(70, 90, "u1"), gradient(70, 90, "u1")[::-1], gradient(70, 90, "u1")]),
        np.dstack([gradient(70, 90), gradient(70, 90)[::-1], gradient(70, 90)]),
    ],
    ids=lambda samples: f"{samples.shape} {samples.dtype}",
)
def test_complete_frames_are_exact(samples: NDArray[Any], tmp_path: Path) -> None:
    encoded = encode_frame(save(make_dataset(samples), tmp_path / "a.dcm"), 1)
    assert np.array_equal(stored_samples(encoded), samples.astype(np.int64))
    assert encoded.index.total == len(encoded.body)


def test_each_tile_s_digest_is_over_its_coded_samples(tmp_path: Path) -> None:
    encoded = encode_frame(save(make_dataset(gradient(1100, 600)), tmp_path / "a.dcm"), 1)
    for number, tile in enumerate(encoded.manifest.tiles):
        samples = coded_tile(encoded, number).astype("<u2")
        assert b64decode(tile.sha256) == hashlib.sha256(samples.tobytes()).digest()


def test_constant_tiles_are_numbers(tmp_path: Path) -> None:
    samples = gradient(1024, 1024)
    samples[:512, :512] = 77
    encoded = encode_frame(save(make_dataset(samples), tmp_path / "a.dcm"), 1)
    first, *others = encoded.manifest.tiles
    assert (first.constant, first.header, first.bytes) == ((77,), None, ())
    assert encoded.index.lengths[0] == ()
    assert first.sha256 == digest(np.full((512, 512), 77, np.uint16))
    assert all(tile.constant is None for tile in others)
    assert np.array_equal(stored_samples(encoded), samples)


def test_a_constant_colour_tile_has_a_value_for_each_component(tmp_path: Path) -> None:
    samples = np.zeros((40, 40, 3), np.uint8) + np.array([1, 2, 3], np.uint8)
    encoded = encode_frame(save(make_dataset(samples), tmp_path / "a.dcm"), 1)
    assert encoded.manifest.tiles[0].constant == (1, 2, 3)
    assert encoded.body == b""


@pytest.mark.parametrize("name", ["MR1_UNC.dcm", "1-30.dcm", "US1_UNCR.dcm", "XA1_JPLL.dcm"])
def test_what_is_stated_of_a_layer_holds_for_each_tile(name: str) -> None:
    encoded = encode_frame(public_file(name), 1)
    manifest = encoded.manifest
    display = manifest.display
    unit = display.windows[0].width / 255 / display.slope if display.windows else 1.0
    (plane,) = manifest.planes
    for number, tile in enumerate(manifest.tiles):
        assert tile.header is not None
        header, whole = manifest.headers[tile.header], coded_tile(encoded, number).astype(float)
        for layers, stated in enumerate(plane.layers, start=1):
            held = {}
            for layer in range(layers):
                for resolution in range(len(header.packets)):
                    offset, length = encoded.index.locate(number, layer, resolution)
                    held[resolution, layer] = encoded.body[offset : offset + length]
            stream = assemble(header.data, header.packets, len(plane.layers), held)
            picture = np.asarray(Image.open(io.BytesIO(stream))).astype(float)
            rmse = np.sqrt(((picture.reshape(whole.shape) - whole) ** 2).mean()) / unit
            assert rmse <= stated + 1e-4
    assert plane.layers[-1] == 0
    assert list(plane.layers) == sorted(plane.layers, reverse=True)


def test_layers_cost_less_than_two_percent() -> None:
    samples = (np.asarray(_ct()).astype(np.int32) + 32768).astype(np.uint16)
    plane = CodedPlane(None, 0, samples)
    layered = sum(map(len, encode_planes([plane], [layers_for(400 / 255, 65535)]).body))
    single = sum(map(len, encode_planes([plane], [LOSSLESS_ONLY]).body))
    assert layered <= single * 1.02


def _ct() -> NDArray[Any]:
    return decode_frame(public_file("CT1_UNC.implicit_little_endian.dcm"), 1)


def test_the_same_file_gives_the_same_bytes_and_id(tmp_path: Path) -> None:
    path = save(make_dataset(gradient(200, 200)), tmp_path / "a.dcm")
    first, second = encode_frame(path, 1), encode_frame(path, 1)
    assert first == second
    other = make_dataset(gradient(200, 200), WindowCenter=10, WindowWidth=20)
    assert encode_frame(save(other, tmp_path / "b.dcm"), 1).manifest.id != first.manifest.id
