"""The coding j2k-source: lossy JPEG 2000 told in layers of its own code-blocks."""

from __future__ import annotations

import hashlib
import io
import struct
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread

from app.dicom import encode_source as module
from app.dicom.encode import encode_frame
from app.dicom.encode_source import codestream_of, encode_source, is_irreversible
from app.dicom.frame import EncodedFrame
from app.dicom.pass_lengths import estimated_lengths
from app.dicom.reassemble import stored_samples
from streaming.codestream.assemble import assemble
from streaming.codestream.source_layers import layered_source
from streaming.vocabulary import Coding
from tests.app.dicom.making import write_j2k
from tests.app.dicom.public_data import public_file

CR = "xray-chest/RG1-philips-cr/RG1_J2KI.dcm"
US = "us-still/US1-tissue-doppler/US1_J2KI.dcm"
WRAPPED = "j2k-oddities/ELSCINT1_JP2vsJ2K.dcm"
REVERSIBLE = "CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm"
FOREIGN = Path(__file__).parents[2] / "streaming" / "codestream" / "foreign"


def picture(kind: str, rows: int = 300, columns: int = 400) -> NDArray[Any]:
    random = np.random.default_rng(4)
    down, across = np.mgrid[0:rows, 0:columns]
    grey = 2000 + 1200 * np.sin(across / 31) * np.cos(down / 23) + random.normal(0, 40, down.shape)
    if kind == "grey16":
        return np.asarray(np.clip(grey, 0, 4095), np.uint16)
    small = np.clip(grey / 16, 0, 255).astype(np.uint8)
    colour = [small, small[::-1], small[:, ::-1]]
    made: NDArray[Any] = small if kind == "grey8" else np.stack(colour, axis=-1)
    return made


def lossy(samples: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(samples).save(
        buffer,
        "JPEG2000",
        **{
            "no_jp2": True,
            "irreversible": True,
            "quality_layers": [8],
            "mct": int(samples.ndim == 3),
            **options,
        },
    )
    return buffer.getvalue()


def decoded(codestream: bytes) -> NDArray[Any]:
    return np.asarray(Image.open(io.BytesIO(codestream)))


def error_at(encoded: EncodedFrame, layers: int, unit: float) -> float:
    """The error in grey levels of the first layers, decoded by Pillow itself."""
    manifest = encoded.manifest
    (header,) = manifest.headers
    held = {}
    for layer in range(layers):
        for resolution in range(manifest.resolutions):
            start, length = encoded.index.locate(0, layer, resolution)
            held[resolution, layer] = encoded.body[start : start + length]
    total = manifest.layers_of(0)
    spare = 16 - ((header.data[42] & 0x7F) + 1) if manifest.bits_stored > 8 else 0
    coded = decoded(assemble(header.data, header.packets, total, held)) >> spare
    stored = coded.astype(float) - manifest.offset
    return float(np.sqrt(((stored - stored_samples(encoded)) ** 2).mean())) / unit


@pytest.mark.parametrize("kind", ["grey8", "grey16", "rgb"])
@pytest.mark.parametrize("progression", ["LRCP", "CPRL"])
def test_layers_leave_the_error_they_state_and_end_with_the_source(
    tmp_path: Path, kind: str, progression: str
) -> None:
    codestream = lossy(picture(kind), progression=progression)
    path = write_j2k(tmp_path / "lossy.dcm", codestream, picture(kind))
    encoded = encode_frame(path, 1)
    manifest = encoded.manifest
    assert manifest.coding is Coding.J2K_SOURCE
    assert manifest.source.lossy
    assert len(encoded.body) <= 1.03 * len(codestream)
    assert np.array_equal(stored_samples(encoded), dcmread(path).pixel_array)
    unit = 4096 / 255 if kind == "grey16" else 1.0
    errors = manifest.planes[0].layers
    assert len(errors) > 2
    assert list(errors) == sorted(errors, reverse=True)
    for layers, error in enumerate(errors, start=1):
        assert error_at(encoded, layers, unit) <= error + 1e-6


def test_layers_come_near_to_those_of_an_encoder_of_its_own(tmp_path: Path) -> None:
    """The search asks for a third more bytes at most than the encoder's own layer of that error."""
    samples = picture("grey8", 512, 640)
    path = write_j2k(tmp_path / "lossy.dcm", lossy(samples, quality_layers=[4]), samples)
    manifest = encode_frame(path, 1).manifest
    layer = manifest.layers_until(0, 4.0) - 1
    needed = sum(manifest.tiles[0].bytes[: layer + 1])
    peak = 20 * np.log10(255 / manifest.planes[0].layers[layer])
    own = lossy(samples, quality_mode="dB", quality_layers=[float(peak)])
    assert needed <= 1.35 * len(own)


def test_the_digest_is_over_the_codestream(tmp_path: Path) -> None:
    path = write_j2k(tmp_path / "lossy.dcm", lossy(picture("grey8")), picture("grey8"))
    encoded = encode_frame(path, 1)
    (tile,), (header,) = encoded.manifest.tiles, encoded.manifest.headers
    held = {}
    for layer in range(len(tile.bytes)):
        for resolution in range(encoded.manifest.resolutions):
            start, length = encoded.index.locate(0, layer, resolution)
            held[resolution, layer] = encoded.body[start : start + length]
    whole = assemble(header.data, header.packets, len(tile.bytes), held)
    assert tile.sha256 == b64encode(hashlib.sha256(whole).digest()).decode()
    again = layered_source(whole).blocks
    assert again == layered_source(lossy(picture("grey8"))).blocks


def test_the_same_file_gives_the_same_frame(tmp_path: Path) -> None:
    path = write_j2k(tmp_path / "lossy.dcm", lossy(picture("grey8")), picture("grey8"))
    assert encode_frame(path, 1).manifest.id == encode_frame(path, 1).manifest.id


@pytest.mark.parametrize(
    "options", [{"tile_size": (128, 128)}, {"irreversible": False, "quality_layers": [0]}], ids=str
)
def test_what_cannot_be_told_so_is_coded_from_its_samples(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    samples = picture("grey8")
    path = write_j2k(tmp_path / "other.dcm", lossy(samples, **options), samples)
    encoded = encode_frame(path, 1)
    assert encoded.manifest.coding is Coding.J2K_LAYERS
    assert np.array_equal(stored_samples(encoded), dcmread(path).pixel_array)


@pytest.mark.parametrize("name", ["bypass", "termall", "every-style-sop-eph"])
def test_passes_that_are_terminated_keep_the_sources_own_layers(name: str) -> None:
    codestream = (FOREIGN / f"{name}.j2k").read_bytes()
    made = encode_source(codestream, decoded(codestream), 1.0)
    assert made is not None
    assert len(made.planes[0].layers) == 2
    assert made.planes[0].layers[1] == 0 < made.planes[0].layers[0]
    assert len(made.body) <= len(codestream)


def test_what_decodes_to_other_samples_than_pydicoms_is_not_taken() -> None:
    codestream = lossy(picture("grey8"))
    samples = decoded(codestream).copy()
    assert encode_source(codestream, samples, 1.0) is not None
    samples[7, 9] ^= 1
    assert encode_source(codestream, samples, 1.0) is None
    assert encode_source(codestream, samples[:-1], 1.0) is None


def test_damaged_sources_are_not_taken() -> None:
    codestream = lossy(picture("grey8"))
    samples = decoded(codestream)
    for broken in (b"", codestream[:-40], b"\0" * 99, codestream.replace(b"\xff\x52", b"\xff\x53")):
        assert encode_source(broken, samples, 1.0) is None
        assert not is_irreversible(broken)


def test_without_grey_levels_it_has_the_sources_own_layers() -> None:
    one, two = lossy(picture("grey8")), lossy(picture("grey8"), quality_layers=[20, 8])
    made = encode_source(one, decoded(one), None)
    assert made is not None
    assert made.planes[0].layers == (0.0,)
    assert encode_source(two, decoded(two), None) is None


def test_headers_that_would_cost_too_much_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    codestream = lossy(picture("grey8"))
    monkeypatch.setattr(module, "MOST_BYTES", 0.5)
    made = encode_source(codestream, decoded(codestream), 1.0)
    assert made is not None
    assert made.planes[0].layers == (0.0,)


def test_the_codestream_is_found_in_its_boxes() -> None:
    codestream = lossy(picture("grey8"))
    first = struct.pack(">I4s4s", 12, b"jP  ", b"\r\n\x87\n")
    for box in (
        struct.pack(">I4s", 8 + len(codestream), b"jp2c"),
        struct.pack(">I4s", 0, b"jp2c"),
        struct.pack(">I4sQ", 1, b"jp2c", 16 + len(codestream)),
    ):
        assert codestream_of(first + box + codestream) == codestream
    assert codestream_of(codestream) == codestream
    for none in (b"", first, struct.pack(">I4s", 3, b"what") + codestream):
        assert not codestream_of(none).startswith(b"\xff\x4f\xff\x51")


def test_estimates_rise_to_the_length_of_the_block() -> None:
    for passes, length in ((1, 5), (2, 40), (28, 3000), (31, 12)):
        lengths = estimated_lengths(4096, passes, length)
        assert len(lengths) == passes
        assert lengths == sorted(lengths)
        assert lengths[-1] == length


@pytest.mark.parametrize(("name", "readable"), [(CR, 4_000), (US, 48_000), (WRAPPED, 55_000)])
def test_real_sources_cost_no_more_than_their_files(name: str, readable: int) -> None:
    path = public_file(name)
    encoded = encode_frame(path, 1)
    manifest = encoded.manifest
    assert manifest.coding is Coding.J2K_SOURCE
    total = len(encoded.body) + len(orjson.dumps(manifest.to_dict()))
    assert total <= 1.1 * manifest.source.bytes
    assert sum(manifest.tiles[0].bytes[: manifest.layers_until(0, 4.0)]) <= readable
    assert np.array_equal(stored_samples(encoded), dcmread(path).pixel_array)


def test_a_reversible_source_whose_samples_cost_no_more_is_coded_from_them() -> None:
    assert encode_frame(public_file(REVERSIBLE), 1).manifest.coding is Coding.J2K_LAYERS
