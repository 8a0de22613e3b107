"""A fetal-ultrasound-like cine: 60 frames of 640 x 480, JPEG baseline, with a calibrated region.
Not a patient."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from app.demo.dataset import DESCRIPTION, LABEL, new_dataset, save, written
from app.demo.shapes import Field, ellipse, soft

SOP_CLASS: Final = "1.2.840.10008.5.1.4.1.1.3.1"  # Ultrasound Multi-frame Image Storage
FRAMES, ROWS, COLUMNS = 60, 480, 640
APEX: Final = (320.0, -46.0)
"""Column and row of the point the beams come from (a curved probe: it lies above the picture)."""
NEAR, FAR = 84.0, 506.0
HALF_ANGLE: Final = 0.62
CM_PER_PIXEL: Final = 0.0265
QUALITY: Final = 82


def write_fetus(folder: Path) -> Path:
    """Write the cine and return its path."""
    dataset = new_dataset("obstetric", SOP_CLASS, "US", 1, JPEGBaseline8Bit)
    dataset.StudyDescription = f"Obstetric ultrasound. {DESCRIPTION}"
    dataset.SeriesDescription = "Fetal profile"
    dataset.BodyPartExamined = "UTERUS"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.NumberOfFrames = FRAMES
    dataset.FrameTime = 50
    dataset.CineRate = 20
    dataset.FrameIncrementPointer = 0x00181063
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dataset.SequenceOfUltrasoundRegions = [_region()]
    frames = [_jpeg(frame) for frame in fetus_frames()]
    raw = ROWS * COLUMNS * 3 * FRAMES
    dataset.LossyImageCompressionRatio = round(raw / sum(map(len, frames)), 1)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    return save(dataset, folder / "obstetric.dcm")


def _region() -> Dataset:
    """The calibrated sector (PS3.3 C.8.5.5): 2-D, tissue, centimetres."""
    region = Dataset()
    region.RegionSpatialFormat = 1
    region.RegionDataType = 1
    region.RegionFlags = 2
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 26, 20
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 614, 462
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = CM_PER_PIXEL
    return region


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=QUALITY, subsampling="4:2:2")
    return buffer.getvalue()


def fetus_frames() -> Iterator[NDArray[np.uint8]]:
    """Yield the frames as RGB."""
    generator = np.random.default_rng(60)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
    radius = np.hypot(x - APEX[0], y - APEX[1])
    angle = np.arctan2(x - APEX[0], y - APEX[1])
    sector = (
        soft(FAR - radius, 2) * soft(radius - NEAR, 2) * soft(HALF_ANGLE - np.abs(angle), 0.006)
    )
    speckle = _speckle(generator, radius, angle)
    gain = np.asarray(1.08 - 0.55 * (radius - NEAR) / (FAR - NEAR), np.float32)
    texts = _texts()
    for number in range(FRAMES):
        phase = 2 * np.pi * number / FRAMES
        tissue = _tissue(x, y, phase)
        # Two independent speckles mixed in turn: the pattern lives, and comes back after the last
        # frame.
        mix = speckle[0] * np.cos(phase) + speckle[1] * np.sin(phase)
        level = np.log1p(np.abs(mix) * tissue * gain * 9) / np.log(10.0) * 205
        grey = np.clip(level * sector, 0, 255).astype(np.uint8)
        frame = np.repeat(grey[:, :, None], 3, axis=2)
        for place, colour in texts:
            frame[place] = colour
        yield frame


def _speckle(
    generator: np.random.Generator, radius: Field, angle: Field
) -> list[NDArray[np.complex64]]:
    """Return two fully developed speckles: finer along the beam than across it."""
    beams, depths = 190, 300
    row = np.clip((radius - NEAR) / (FAR - NEAR) * (depths - 1), 0, depths - 1).astype(np.int32)
    column = np.clip((angle / HALF_ANGLE + 1) / 2 * (beams - 1), 0, beams - 1).astype(np.int32)
    fields = []
    for _ in range(2):
        values = generator.standard_normal((2, depths, beams), np.float32)
        values = values + 0.7 * np.roll(values, 1, 2) + 0.5 * np.roll(values, 1, 1)
        wave = (values[0] + 1j * values[1]).astype(np.complex64)
        fields.append(np.asarray(wave[row, column] * 0.5, np.complex64))
    return fields


def _texts() -> list[tuple[NDArray[np.bool_], tuple[int, int, int]]]:
    shape = (ROWS, COLUMNS)
    ruler = np.zeros(shape, np.bool_)
    for centimetre in range(1, 12):
        row = round(38 + centimetre / CM_PER_PIXEL)
        if row < ROWS - 10:
            ruler[row, 622 : 634 if centimetre % 5 == 0 else 628] = True
    return [
        (written(LABEL, shape, (8, 4), 13), (235, 200, 90)),
        (written("Firstlight  OB  3.5 MHz", shape, (8, 460), 12), (150, 170, 190)),
        (ruler, (200, 200, 200)),
    ]


def _tissue(x: Field, y: Field, phase: float) -> Field:
    """Return how strongly each place scatters: 0 (fluid) to about 2 (bone facing the probe)."""
    wall = 0.34 + 0.10 * np.sin(y / 9 + np.sin(x / 40)) * soft(150 - y, 60)
    fluid = ellipse(x, y, (318, 268), (232, 168), 0.04)
    placenta = ellipse(x, y, (470, 345), (120, 80), 0.15)
    tissue = wall * (1 - fluid) + fluid * 0.012 + placenta * fluid * 0.40
    # The fetus nods, drifts, and opens its mouth a little.
    turn = 0.10 * np.sin(phase)
    shift = (8 * np.sin(phase), 5 * np.sin(2 * phase))
    u, v = x - 300 - shift[0], y - 268 - shift[1]
    u, v = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
    tissue = _body(tissue, np.asarray(u, np.float32), np.asarray(v, np.float32))
    return _head(tissue, np.asarray(u, np.float32), np.asarray(v, np.float32), phase)


def _head(tissue: Field, u: Field, v: Field, phase: float) -> Field:
    """A profile that looks up: skull, brow, nose, lips, chin."""
    mouth = 1.5 * np.sin(phase * 3)
    profile = np.zeros_like(u)
    for center, radii in (
        ((-58.0, 0.0), (92.0, 74.0)),  # skull
        ((10.0, -38.0), (42.0, 30.0)),  # face
        ((16.0, -66.0), (9.0, 13.0)),  # nose
        ((34.0, -58.0), (9.0, 9.0)),  # upper lip
        ((46.0 + mouth, -53.0), (9.0, 9.0)),  # lower lip
        ((62.0 + mouth, -48.0), (14.0, 13.0)),  # chin
    ):
        profile = np.maximum(profile, ellipse(u, v, center, radii, 0.08))
    tissue = tissue * (1 - profile) + profile * 0.20
    distance = np.hypot((u + 58) / 92, v / 74)
    facing = 0.55 + 0.45 * np.abs(v) / 74  # bone echoes most where it faces the beam
    bone = np.exp(-(((distance - 0.97) / 0.030) ** 2)) * facing * soft(30 - u, 20)
    brain = soft(0.92 - distance, 0.05)
    midline = np.exp(-((v / 2.2) ** 2)) * soft(0.70 - distance, 0.1)
    cavum = ellipse(u, v, (-46.0, 0.0), (16.0, 6.0), 0.3)
    tissue = tissue * (1 - brain) + brain * (0.085 + 0.30 * midline - 0.06 * cavum)
    nasal = np.exp(-(((u - 8) / 9) ** 2 + ((v + 58) / 3) ** 2))
    jaw = np.exp(-(((v + 34 - 0.10 * (u - 40)) / 3.4) ** 2)) * soft(24 - np.abs(u - 44), 8)
    return np.asarray(tissue + 1.9 * bone + 1.3 * nasal + 0.9 * jaw, np.float32)


def _body(tissue: Field, u: Field, v: Field) -> Field:
    trunk = ellipse(u, v, (158.0, 22.0), (98.0, 62.0), 0.10)
    neck = ellipse(u, v, (62.0, 4.0), (46.0, 34.0), 0.15)
    inside = np.maximum(trunk, neck)
    tissue = tissue * (1 - inside) + inside * 0.24
    vertebrae = np.exp(-(((v - 40 - 0.0012 * (u - 120) ** 2) / 5) ** 2)) * (np.sin(u / 3.4) > -0.2)
    ribs = np.clip(np.sin(u / 4.6), 0, 1) * soft(30 - np.abs(v - 8), 10) * soft(u - 90, 10)
    heart = ellipse(u, v, (126.0, 6.0), (20.0, 16.0), 0.2)
    tissue = tissue * (1 - 0.8 * heart) + trunk * (0.9 * vertebrae + 0.22 * ribs)
    return np.asarray(tissue, np.float32)
