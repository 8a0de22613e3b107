"""From stored samples to planes that JPEG 2000 codes: 8 or 16 bits, not negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.errors import UnsupportedPixels
from streaming.manifest import Mapping

Samples = NDArray[Any]
FULL_16: Final = 0xFFFF
FULL_32: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class CodedPlane:
    """One plane of coded samples: uint8 or uint16, ``(rows, columns)`` or uint8 ``(rows, columns,
    3)``."""

    component: int | None
    shift: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class Coded:
    """A frame as planes: a stored sample is the sum of its planes << shift, less ``offset`` (or
    ``mapping``)."""

    planes: tuple[CodedPlane, ...]
    offset: int
    bits_stored: int
    """At most 8 exactly where the coded samples are bytes."""
    mapping: Mapping | None = None


def code_samples(samples: Samples, bits_stored: int) -> Coded:
    """Map the stored ``samples`` of a frame to planes, exactly wherever that is possible.

    Raises UnsupportedPixels where integers do not fit 32 bits.
    """
    if samples.dtype.kind == "f":
        return _code_float(samples)
    if samples.dtype.itemsize > 2:
        return _code_wide(samples)
    return _code_narrow(samples, bits_stored)


def _code_narrow(samples: Samples, bits_stored: int) -> Coded:
    """8 and 16 bits allocated: signed values are offset by half of the allocated range."""
    offset = 0
    if samples.dtype.kind == "i":
        bits = samples.dtype.itemsize * 8
        offset = 1 << (bits - 1)
        samples = (samples.astype(np.int32) + offset).astype(f"u{samples.dtype.itemsize}")
    if samples.dtype.itemsize == 2 and bits_stored <= 8 and not offset and samples.max() <= 0xFF:
        samples = samples.astype(np.uint8)
    if samples.dtype.itemsize == 1:
        return Coded((CodedPlane(None, 0, samples),), offset, min(bits_stored, 8))
    return Coded(_by_component(samples, 0), offset, max(bits_stored, 9))


def _code_wide(samples: Samples) -> Coded:
    """32 and 64 bits: one plane if the range of the values fits 16 bits, else a high and a low
    one."""
    lowest, highest = int(samples.min()), int(samples.max())
    bits = samples.dtype.itemsize * 8
    if highest - lowest > FULL_32:
        raise UnsupportedPixels("Pixels whose values span more than 32 bits are not shown.")
    # Differences of 64-bit values: in Python integers they could not wrap, in modular arithmetic
    # they do not.
    values = (samples.astype(np.uint64) - np.uint64(lowest & 0xFFFFFFFFFFFFFFFF)).astype(np.uint32)
    low = (values & FULL_16).astype(np.uint16)
    if highest - lowest <= FULL_16:
        return Coded(_by_component(low, 0), -lowest, bits)
    high = (values >> 16).astype(np.uint16)
    return Coded((*_by_component(high, 16), *_by_component(low, 0)), -lowest, bits)


def _code_float(samples: Samples) -> Coded:
    """Float and double: 65536 equal steps over the range of the finite values (labelled, not
    exact)."""
    bits = samples.dtype.itemsize * 8
    values = samples.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, values[finite].min() if finite.any() else 0.0)
    lowest, highest = float(values.min()), float(values.max())
    whole = bool((values == np.floor(values)).all()) and highest - lowest <= FULL_16
    slope = 1.0 if whole or highest == lowest else (highest - lowest) / FULL_16
    coded = np.clip(np.rint((values - lowest) / slope), 0, FULL_16).astype(np.uint16)
    exact = whole and bool(finite.all())
    label = f"{bits}-bit floating-point values, " + (
        "all of them whole numbers, are shown exactly."
        if exact
        else f"shown in 65536 equal steps of {slope:.4g}: no value is off by more than half a step."
    )
    if not finite.all():
        label += " Values that are not numbers are shown as the lowest."
    return Coded(_by_component(coded, 0), 0, bits, Mapping(slope, lowest, exact, label))


def _by_component(samples: Samples, shift: int) -> tuple[CodedPlane, ...]:
    """16-bit colour becomes one plane a component; grey is one plane."""
    if samples.ndim == 2:
        return (CodedPlane(None, shift, samples),)
    return tuple(
        CodedPlane(component, shift, np.ascontiguousarray(samples[:, :, component]))
        for component in range(samples.shape[2])
    )
