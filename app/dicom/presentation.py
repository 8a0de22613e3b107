"""From stored value to screen (PS3.4 N.2): what the manifest's ``display`` says, and the picture
it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.dicom.attributes import functional_groups, integer, items, number, text
from app.dicom.geometry import pixel_aspect_of
from app.dicom.lut import Lut, Tables, read_lut, read_palette
from app.dicom.overlays import overlays_of
from app.dicom.part10 import Part10
from app.dicom.pixels import DecodedFrame
from app.dicom.value_range import padding_of, stored_range
from app.dicom.windows import (
    SOFT_TISSUE,
    Voi,
    auto_window,
    windowed,
    windows_of,
)
from streaming.manifest import Display, Table

Samples = NDArray[Any]
Grey = NDArray[np.float32]
NOT_FOR_DISPLAY: Final = ("1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2")
"""XA and XRF: with a Pixel Intensity Relationship of LOG or DISP the Modality LUT leads back to
X-ray intensity and
is not applied for display (PS3.3 C.8.7.1.1.2)."""
FEW_BITS: Final = 3
"""Up to this many bits, values are labels rather than grey levels."""


@dataclass(frozen=True, slots=True)
class Modality:
    """From stored to modality value (PS3.3 C.11.1)."""

    slope: float = 1.0
    intercept: float = 0.0
    unit: str = ""
    lut: Lut | None = None

    def apply(self, stored: Samples) -> Samples:
        if self.lut is not None:
            return self.lut.apply(stored)
        if self.slope == 1.0 and self.intercept == 0.0:
            return stored
        return stored.astype(np.float64) * self.slope + self.intercept

    def units_per_stored(self) -> float:
        """Return how much the modality value changes with one stored unit (for a LUT: on
        average)."""
        if self.lut is None:
            return abs(self.slope)
        entries = self.lut.entries
        return max(int(entries.max()) - int(entries.min()), 1) / max(len(entries) - 1, 1)


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a frame is shown by default."""

    display: Display
    modality: Modality
    voi_lut: Lut | None
    palette: tuple[bytes, int] | None
    labels: bool
    """Values are labels or palette indices: an error in them is no grey level."""
    bits: int
    warnings: tuple[str, ...]

    def stored_per_grey_level(self) -> float | None:
        """Return how many stored units one grey level (of 0..255) is by default; None for
        labels."""
        if self.labels or self.palette is not None:
            return None
        if self.display.colour:
            return float(2**self.bits) / 256
        if self.voi_lut is not None:
            width = float(len(self.voi_lut.entries))
        else:
            width = self.display.windows[0].width
        return width / 255 / self.modality.units_per_stored()

    def grey(self, stored: Samples) -> Grey:
        """Return display grey levels 0..255 of grey or colour samples, at the default window."""
        if self.display.colour:
            return (stored >> max(0, self.bits - 8)).astype(np.float32)
        values = self.modality.apply(stored)
        if self.voi_lut is not None:
            levels = self.voi_lut.apply(values).astype(np.float32)
            levels *= np.float32(255 / (2**self.voi_lut.bits - 1))
        else:
            display = self.display
            levels = windowed(values, display.windows[0], display.voi_function)
        if self.display.inverted:
            levels = np.float32(255) - levels
        if self.display.padding is not None:
            low, high = self.display.padding
            levels[(stored >= low) & (stored <= high)] = 0
        return levels

    def picture(self, stored: Samples) -> NDArray[np.uint8]:
        """Return the 8-bit picture: ``(rows, columns)`` grey or ``(rows, columns, 3)`` RGB."""
        if self.palette is not None:
            entries, first = self.palette
            colours = np.frombuffer(entries, np.uint8).reshape(-1, 3)
            return colours[np.clip(stored.astype(np.int64) - first, 0, len(colours) - 1)]
        return np.asarray(np.rint(self.grey(stored)), np.uint8)


def present(
    part10: Part10, frame: int, decoded: DecodedFrame, tables: Tables, raw: Samples | None = None
) -> Presentation:
    """Work out how ``frame`` (from 1) is shown. ``raw``: its pixels with unused bits, for old
    overlays."""
    dataset = part10.dataset
    base = Display(
        pixel_aspect=pixel_aspect_of(dataset, frame),
        overlays=overlays_of(dataset, frame, tables, raw),
    )
    if part10.samples == 3:
        colour = "ybr_full" if decoded.photometric.startswith("YBR_FULL") else "rgb"
        return _colour(part10, replace(base, colour=colour))
    if decoded.photometric == "PALETTE COLOR":
        found = read_palette(dataset, part10.signed, part10.is_big_endian)
        if found is not None:
            return _palette(part10, base, found, tables)
    return _grey(part10, frame, decoded, base, tables)


def _colour(part10: Part10, display: Display) -> Presentation:
    bits = max(part10.bits_stored, 8)
    return Presentation(display, Modality(), None, None, False, bits, ())


def _palette(
    part10: Part10, base: Display, found: tuple[bytes, int], tables: Tables
) -> Presentation:
    entries, first = found
    table = Table(
        id=tables.keep(entries), entries=len(entries) // 3, first=first, bits=8, output_bits=8
    )
    return Presentation(
        replace(base, palette=table), Modality(), None, found, True, part10.bits_stored, ()
    )


def _grey(
    part10: Part10, frame: int, decoded: DecodedFrame, base: Display, tables: Tables
) -> Presentation:
    dataset = part10.dataset
    notes = []
    if decoded.photometric == "PALETTE COLOR":
        notes.append(
            "The palette of this image is missing or damaged; its indices are shown as grey."
        )
    if (
        items(dataset, "ModalityLUTSequence") == ()
        and text(dataset, "PixelPresentation") == "COLOR"
    ):
        notes.append("The supplemental colours of this image are not shown.")
    modality = modality_of(part10, frame, notes)
    voi_luts = _voi_luts(part10, frame, modality)
    voi = _voi(part10, frame, decoded, modality)
    if not voi_luts and voi.windows[0].explanation == "auto":
        notes.append("The file has no usable window; one was chosen from the values.")
    display = replace(
        base,
        slope=modality.slope,
        intercept=modality.intercept,
        unit=modality.unit,
        modality_lut=modality.lut.table(tables) if modality.lut is not None else None,
        windows=voi.windows,
        voi_function=voi.function,
        voi_luts=tuple(lut.table(tables) for lut in voi_luts),
        inverted=decoded.photometric == "MONOCHROME1"
        or text(dataset, "PresentationLUTShape") == "INVERSE",
        padding=padding_of(part10),
    )
    return Presentation(
        display=display,
        modality=modality,
        voi_lut=voi_luts[0] if voi_luts else None,
        palette=None,
        labels=part10.bits_stored <= FEW_BITS,
        bits=part10.bits_stored,
        warnings=tuple(notes),
    )


def modality_of(part10: Part10, frame: int, notes: list[str]) -> Modality:
    """Return the modality transformation of ``frame`` (from 1), from its functional group or the
    dataset."""
    dataset = part10.dataset
    for item in items(dataset, "ModalityLUTSequence")[:1]:
        lut = read_lut(item, part10.signed, part10.is_big_endian)
        if lut is not None and not part10.is_float and not _leads_back_to_intensity(dataset):
            return Modality(unit=_unit(item, "ModalityLUTType", dataset), lut=lut)
    group = functional_groups(dataset, frame, "PixelValueTransformationSequence")
    for holder in (group, dataset):
        slope = number(holder, "RescaleSlope") if holder is not None else None
        if holder is None or slope is None:
            continue
        if slope == 0:
            notes.append("The file's rescale slope is 0; the stored values are shown as they are.")
            return Modality()
        intercept = number(holder, "RescaleIntercept") or 0.0
        return Modality(slope, intercept, _unit(holder, "RescaleType", dataset))
    return Modality()


def _leads_back_to_intensity(dataset: Dataset) -> bool:
    relationship = text(dataset, "PixelIntensityRelationship")
    return text(dataset, "SOPClassUID") in NOT_FOR_DISPLAY and relationship in ("LOG", "DISP")


def _unit(holder: Dataset, keyword: str, dataset: Dataset) -> str:
    said = text(holder, keyword, 16)
    if said and said != "US":  # US: unspecified
        return said
    if text(dataset, "Modality") == "CT" and not said:
        return "HU"
    return text(dataset, "Units", 16)  # PET: BQML and others


def _voi_luts(part10: Part10, frame: int, modality: Modality) -> list[Lut]:
    dataset = part10.dataset
    group = functional_groups(dataset, frame, "FrameVOILUTSequence")
    found = items(group, "VOILUTSequence") if group is not None else ()
    # The first value mapped is signed where modality values can be negative (PS3.3 C.11.2.1.1).
    signed = modality.lut is None and (part10.signed or modality.intercept < 0)
    luts = (
        read_lut(item, signed, part10.is_big_endian)
        for item in found or items(dataset, "VOILUTSequence")
    )
    return [lut for lut in luts if lut is not None]


def _voi(part10: Part10, frame: int, decoded: DecodedFrame, modality: Modality) -> Voi:
    voi = windows_of(part10.dataset, frame)
    if voi.windows:
        return voi
    bits = part10.bits_stored
    if bits <= 8 and modality == Modality() and not part10.signed:
        return Voi((auto_window(0, 2**bits - 1),), "LINEAR_EXACT")
    low, high = stored_range(part10, frame, decoded)
    ends = [float(value) for value in modality.apply(np.array([low, high]))]
    if modality.unit == "HU" and min(ends) < SOFT_TISSUE.center < max(ends):
        return Voi((SOFT_TISSUE,), "LINEAR_EXACT")
    return Voi((auto_window(min(ends), max(ends)),), "LINEAR_EXACT")


def lossy_said(dataset: Dataset) -> bool:
    """Say whether Lossy Image Compression (0028,2110) is 01."""
    return text(dataset, "LossyImageCompression") in ("01", "1") or (
        integer(dataset, "LossyImageCompression") == 1
    )
