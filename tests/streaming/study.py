"""A study whose frames are bytes made up from their names, for tests of sending."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from streaming.codestream.index import FrameIndex
from streaming.manifest import (
    Display,
    Geometry,
    Header,
    Manifest,
    Plane,
    Source,
    Tile,
    Window,
)
from streaming.vocabulary import Coding, FrameKey
from streaming.wire import InstanceLayout, Patient, SeriesLayout, StudyLayout

STUDY = "1.2.3"
SERIES = "1.2.3.1"
OTHER = "1.2.3.2"
LAYERS = (16.0, 4.0, 1.0, 0.0)


@dataclass
class StoredFrame:
    """A frame as the server has it."""

    manifest: Manifest
    index: FrameIndex
    body: bytes


def made_up(name: str, length: int) -> bytes:
    """Return ``length`` bytes that only ``name`` has."""
    block = sha256(name.encode()).digest()
    return (block * (length // len(block) + 1))[:length]


def stored_frame(
    key: FrameKey,
    *,
    tiles: int = 2,
    resolutions: int = 3,
    weight: int = 40,
    planes: int = 1,
    errors: tuple[float, ...] = LAYERS,
    constant: frozenset[int] = frozenset(),
    version: int = 0,
) -> StoredFrame:
    """Return a frame of square tiles in a row; segments grow with layer and resolution.

    ``errors``: grey levels that are wrong after each layer.
    """
    layers = len(errors)
    one = tuple(
        tuple(1 + weight * (layer + 1) ** 2 * 2**resolution for resolution in range(resolutions))
        for layer in range(layers)
    )
    lengths = tuple(() if n in constant else one for n in range(tiles * planes))
    index = FrameIndex(lengths)
    body = made_up(f"{key}{version}", index.total)
    manifest = Manifest(
        id=urlsafe_b64encode(sha256(f"{key}{version}".encode()).digest())[:16].decode(),
        frame=key,
        coding=Coding.J2K_LAYERS,
        rows=64,
        columns=64 * tiles,
        samples_per_pixel=1,
        bits_stored=12,
        signed=False,
        offset=0,
        photometric_interpretation="MONOCHROME2",
        resolutions=resolutions,
        planes=tuple(Plane(None, 16 * (planes - 1 - n), errors) for n in range(planes)),
        tiles=tuple(
            Tile(
                plane=n // tiles,
                column=64 * (n % tiles),
                row=0,
                columns=64,
                rows=64,
                sha256=b64encode(sha256(body).digest()).decode(),
                header=None if n in constant else 0,
                constant=(7,) if n in constant else None,
                bytes=() if n in constant else tuple(map(sum, one)),
            )
            for n in range(tiles * planes)
        ),
        headers=(Header(b"header", (1,) * resolutions),),
        display=Display(windows=(Window(100.0, 400.0),)),
        geometry=Geometry(),
        source=Source("1.2.840.10008.1.2", 2 * 64 * 64 * tiles),
    )
    return StoredFrame(Manifest.from_dict(manifest.to_dict()), index, body)


@dataclass
class StoredStudy:
    """A study of one series of ``frames`` single-frame instances and one of a single frame.

    ``alone``: it has the first series only.
    """

    frames: int
    weight: int = 40
    tiles: int = 2
    constant: frozenset[int] = frozenset()
    version: int = 0
    uid: str = STUDY
    alone: bool = False
    _made: dict[FrameKey, StoredFrame] = field(default_factory=dict)

    @property
    def layout(self) -> StudyLayout:
        """The study object."""
        uid = self.uid
        first = tuple(InstanceLayout(f"{uid}.1.{n}", 1, n) for n in range(1, self.frames + 1))
        series = (
            SeriesLayout(f"{uid}.1", 1, "CT", "", "", first),
            SeriesLayout(f"{uid}.2", 2, "US", "", "", (InstanceLayout(f"{uid}.2.1", 1, 1),)),
        )
        return StudyLayout(uid, "", "", Patient(), series[:1] if self.alone else series)

    @property
    def stack(self) -> tuple[FrameKey, ...]:
        """The frames of the first series."""
        return self.layout.series[0].stack()

    def frame(self, key: FrameKey) -> StoredFrame:
        """Return a frame."""
        if key not in self._made:
            self._made[key] = stored_frame(
                key,
                weight=self.weight,
                tiles=self.tiles,
                constant=self.constant,
                version=self.version,
            )
        return self._made[key]

    def segment(self, key: FrameKey, tile: int, layer: int, resolution: int) -> bytes:
        """Return the bytes of a segment."""
        frame = self.frame(key)
        offset, length = frame.index.locate(tile, layer, resolution)
        return frame.body[offset : offset + length]
