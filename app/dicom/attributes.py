"""Reading single values out of a dataset whose values may be missing, empty, or not what their VR
says.

Every function answers with a sound value or None (or an empty string); none raises on a bad value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

# What pydicom raises on converting a raw value that breaks its VR.
BAD_VALUE = (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, OverflowError)


def value_of(dataset: Dataset, keyword: str) -> Any:
    """Return the value of ``keyword``, or None where it is absent, empty or cannot be converted."""
    try:
        value = dataset.get(keyword)
    except BAD_VALUE:
        return None
    return None if value in (None, "", b"") else value


def text(dataset: Dataset, keyword: str, limit: int = 256) -> str:
    """Return a text in one line (several values joined by a comma), at most ``limit``
    characters."""
    value = value_of(dataset, keyword)
    if value is None:
        return ""
    joined = ", ".join(map(str, value)) if _is_multiple(value) else str(value)
    return " ".join("".join(c if c.isprintable() else " " for c in joined).split())[:limit]


def integer(dataset: Dataset, keyword: str) -> int | None:
    found = number(dataset, keyword)
    return None if found is None or not found.is_integer() else int(found)


def number(dataset: Dataset, keyword: str) -> float | None:
    found = numbers(dataset, keyword)
    return found[0] if found else None


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Return all values as finite numbers; empty where one of them is not."""
    value = value_of(dataset, keyword)
    if value is None:
        return ()
    values: Iterable[Any] = value if _is_multiple(value) else (value,)
    try:
        found = tuple(float(item) for item in values)
    except BAD_VALUE:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence."""
    value = value_of(dataset, keyword)
    if value is None or isinstance(value, str | bytes):
        return ()
    try:
        return tuple(item for item in value if isinstance(item, Dataset))
    except TypeError:
        return ()


def date(dataset: Dataset, keyword: str) -> str:
    """Return a DA value as ``YYYY-MM-DD``, or an empty string."""
    digits = text(dataset, keyword).replace(".", "").replace("-", "")
    if len(digits) < 8 or not digits[:8].isdecimal():
        return ""
    year, month, day = digits[:4], digits[4:6], digits[6:8]
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31 and int(year)):
        return ""
    return f"{year}-{month}-{day}"


def person(dataset: Dataset, keyword: str) -> str:
    """Return a person's name as ``FAMILY, Given Middle`` (PS3.5 6.2.1), first component group."""
    name = text(dataset, keyword).split("=")[0]
    family, *rest = (part.strip() for part in name.split("^"))
    given = " ".join(part for part in rest[:2] if part)
    return ", ".join(part for part in (family, given) if part)


def _is_multiple(value: Any) -> bool:
    return isinstance(value, MultiValue | list | tuple)


def functional_groups(dataset: Dataset, frame: int, keyword: str) -> Dataset | None:
    """Return the functional group ``keyword`` that holds for ``frame`` (from 1): its own, else the
    shared one.

    PS3.3 C.7.6.16.
    """
    per_frame = items(dataset, "PerFrameFunctionalGroupsSequence")
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    candidates = [*per_frame[frame - 1 : frame], *shared[:1]]
    for group in candidates:
        found = items(group, keyword)
        if found:
            return found[0]
    return None
