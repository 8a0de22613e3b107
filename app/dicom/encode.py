"""A frame of a file, as the manifest, segments, Preview and tables that a viewer is sent."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from app.dicom.attributes import text
from app.dicom.encode_j2k import J2kFrame, encode_planes
from app.dicom.encode_jpeg import SYNTAXES, JpegFrame, encode_scans
from app.dicom.encode_source import (
    J2K_SYNTAXES,
    LOSSY_SYNTAX,
    MOST_BYTES,
    SourceFrame,
    encode_source,
    is_irreversible,
)
from app.dicom.frame import EncodedFrame
from app.dicom.geometry import geometry_of
from app.dicom.identity import identify
from app.dicom.layers import LOSSLESS_ONLY, Layers, layers_for
from app.dicom.lut import Tables
from app.dicom.mapping import Coded, code_samples
from app.dicom.overlays import embedded_groups
from app.dicom.part10 import Part10, quiet, read_part10
from app.dicom.pixels import DecodedFrame, decode, frame_bytes, raw_samples, source_bytes
from app.dicom.presentation import Presentation, lossy_said, present
from app.dicom.preview import make_preview
from app.dicom.transfer import LOSSY
from app.dicom.window_plane import encode_narrow
from streaming.codestream.index import FrameIndex
from streaming.manifest import Manifest, Source
from streaming.vocabulary import Coding, FrameKey

__all__ = ["EncodedFrame", "encode", "encode_frame"]

CODING_VERSION: Final = 2
"""Part of every manifest's id: raise it when the same manifest would name other bytes."""
NO_ID: Final = "A" * 16


def encode_frame(path: Path, frame: int) -> EncodedFrame:
    """Code ``frame`` (from 1) of the file at ``path``. The same file always gives the same bytes.

    Raises subclasses of ``app.errors.Refused``, or FrameMissing.
    """
    with quiet():
        return encode(read_part10(path), frame)


def encode(part10: Part10, frame: int) -> EncodedFrame:
    """Code ``frame`` (from 1) of a file that was read."""
    decoded = decode(part10, frame)
    tables = Tables()
    raw = raw_samples(part10, frame) if embedded_groups(part10.dataset) else None
    presentation = present(part10, frame, decoded, tables, raw)
    preview = make_preview(presentation.picture(decoded.samples), presentation.labels)
    jpeg = _as_jpeg(part10, frame, decoded, presentation)
    if jpeg is not None:
        manifest = _jpeg_manifest(part10, frame, presentation, jpeg)
        return EncodedFrame(
            _named(manifest, jpeg.index), jpeg.index, jpeg.body, preview, tables.data
        )
    lossy = _lossy_j2k(part10, frame, presentation)
    source = None
    if lossy is not None and is_irreversible(lossy):
        source = _as_source(part10, lossy, decoded, presentation)
    if source is None:
        coded = code_samples(decoded.samples, part10.bits_stored)
        layers = _layers(coded, presentation)
        narrow = encode_narrow(
            decoded.samples, presentation.display, coded.planes[0].samples, layers[0]
        )
        made = encode_planes(coded.planes, layers) if narrow is None else narrow.made
        offset = coded.offset if narrow is None else narrow.offset
        if lossy is not None and made.index.total > MOST_BYTES * len(lossy):
            source = _as_source(part10, lossy, decoded, presentation)
    if source is not None:
        manifest = _source_manifest(part10, frame, presentation, source)
        return EncodedFrame(
            _named(manifest, source.index), source.index, source.body, preview, tables.data
        )
    manifest = _j2k_manifest(part10, frame, presentation, replace(coded, offset=offset), made)
    index = made.index
    return EncodedFrame(_named(manifest, index), index, b"".join(made.body), preview, tables.data)


def _as_jpeg(
    part10: Part10, frame: int, decoded: DecodedFrame, presentation: Presentation
) -> JpegFrame | None:
    eight_bits = decoded.samples.dtype == np.uint8 and presentation.palette is None
    if part10.transfer_syntax not in SYNTAXES or not eight_bits or part10.bits_stored != 8:
        return None
    return encode_scans(frame_bytes(part10, frame), decoded.samples, presentation.grey)


def _lossy_j2k(part10: Part10, frame: int, presentation: Presentation) -> bytes | None:
    """Return the frame's bytes where they may be lossy JPEG 2000, which its transfer syntax says or
    its wavelet."""
    if part10.transfer_syntax not in J2K_SYNTAXES or presentation.palette is not None:
        return None
    data = frame_bytes(part10, frame)
    return data if part10.transfer_syntax == LOSSY_SYNTAX or is_irreversible(data) else None


def _as_source(
    part10: Part10, lossy: bytes, decoded: DecodedFrame, presentation: Presentation
) -> SourceFrame | None:
    source = encode_source(lossy, decoded.samples, presentation.stored_per_grey_level())
    # Whether samples are bytes, the manifest says by its bits.
    fits = source is not None and (source.precision <= 8) is (part10.bits_stored <= 8)
    return source if fits else None


def _layers(coded: Coded, presentation: Presentation) -> list[Layers]:
    unit = presentation.stored_per_grey_level()
    if unit is not None and coded.mapping is not None:
        unit /= coded.mapping.slope
    if any(plane.shift for plane in coded.planes):
        # A high plane alone is good to 65536 stored units at best; layers would promise more than
        # that.
        return [LOSSLESS_ONLY for _ in coded.planes]
    return [layers_for(unit, int(np.iinfo(plane.samples.dtype).max)) for plane in coded.planes]


def _jpeg_manifest(
    part10: Part10, frame: int, presentation: Presentation, jpeg: JpegFrame
) -> Manifest:
    return Manifest(
        coding=Coding.JPEG_SCANS,
        bits_stored=8,
        signed=False,
        offset=0,
        resolutions=1,
        planes=jpeg.planes,
        tiles=jpeg.tiles,
        headers=(),
        **_common(part10, frame, presentation),
    )


def _source_manifest(
    part10: Part10, frame: int, presentation: Presentation, source: SourceFrame
) -> Manifest:
    common = _common(part10, frame, presentation)
    return Manifest(
        coding=Coding.J2K_SOURCE,
        bits_stored=part10.bits_stored,
        signed=part10.signed,
        offset=source.offset,
        resolutions=source.resolutions,
        planes=source.planes,
        tiles=source.tiles,
        headers=source.headers,
        **common | {"source": replace(common["source"], lossy=True)},
    )


def _j2k_manifest(
    part10: Part10, frame: int, presentation: Presentation, coded: Coded, made: J2kFrame
) -> Manifest:
    return Manifest(
        coding=Coding.J2K_LAYERS,
        bits_stored=coded.bits_stored,
        signed=part10.signed or part10.is_float,
        offset=coded.offset,
        resolutions=made.resolutions,
        planes=tuple(made.planes),
        tiles=tuple(made.tiles),
        headers=tuple(made.headers),
        mapping=coded.mapping,
        **_common(part10, frame, presentation),
    )


def _common(part10: Part10, frame: int, presentation: Presentation) -> dict[str, Any]:
    identity = identify(part10.path, part10.dataset)
    colour = presentation.display.colour
    photometric = "PALETTE COLOR" if presentation.palette is not None else _photometric(part10)
    return {
        "id": NO_ID,
        "frame": FrameKey(identity.instance, frame),
        "rows": part10.rows,
        "columns": part10.columns,
        "samples_per_pixel": part10.samples,
        "photometric_interpretation": {"rgb": "RGB", "ybr_full": "YBR_FULL"}.get(
            colour, photometric
        ),
        "display": presentation.display,
        "geometry": geometry_of(part10.dataset, frame),
        "source": Source(
            transfer_syntax=str(part10.transfer_syntax),
            bytes=source_bytes(part10, frame),
            lossy=part10.transfer_syntax in LOSSY or lossy_said(part10.dataset),
        ),
        "warnings": (*identity.warnings, *part10.warnings, *presentation.warnings),
    }


def _photometric(part10: Part10) -> str:
    said = text(part10.dataset, "PhotometricInterpretation", 16)
    return "MONOCHROME1" if said == "MONOCHROME1" else "MONOCHROME2"


def _named(manifest: Manifest, index: FrameIndex) -> Manifest:
    """Return the manifest with its id: a digest over everything it says, and where each segment
    lies."""
    said = orjson.dumps(
        [CODING_VERSION, manifest.to_dict(), index.to_dict()], option=orjson.OPT_SORT_KEYS
    )
    name = urlsafe_b64encode(hashlib.sha256(said).digest()[:12]).decode()
    return replace(manifest, id=name)
