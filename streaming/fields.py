"""Reading JSON values strictly: every field of a known kind, within its limits, and no other field.

Numbers are written so that both languages write the same text: an integral float below 2**53
becomes an integer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final

from streaming.errors import StreamingError

EXACT_INTEGER: Final = 2**53 - 1
"""The largest integer that JavaScript's numbers hold exactly."""

LARGEST: Final = 1e300
"""Numbers beyond are refused, so that no sum or product of two becomes infinite by surprise."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_FIELD_NAME = re.compile(r"[a-z_0-9]{1,32}")

ErrorClass = type[StreamingError]


def plain_number(value: float) -> int | float:
    """Return ``value`` as JavaScript would write it: integral floats become integers."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT_INTEGER:
        return int(value)
    return value


def unless(value: object, default: object) -> object:
    """Return None, which leaves the field out, where ``value`` is the default."""
    return None if value == default else value


def written(**fields: object) -> dict[str, object]:
    """Return the fields that are not None, in order."""
    return {
        name: plain_number(value) if isinstance(value, float) else value
        for name, value in fields.items()
        if value is not None
    }


def plain_numbers(values: Iterable[float]) -> list[int | float]:
    """Return each value as ``plain_number`` writes it."""
    return [plain_number(value) for value in values]


def as_integer(value: object, what: str, low: int, high: int, error: ErrorClass) -> int:
    """Return ``value`` if it is an integer from ``low`` to ``high``."""
    if type(value) is not int or not low <= value <= high:
        raise error(f"{what} must be an integer from {low} to {high}.")
    return value


def as_number(value: object, what: str, low: float, high: float, error: ErrorClass) -> float:
    """Return ``value`` as a float if it is a finite number from ``low`` to ``high``."""
    if type(value) is not int and type(value) is not float:
        raise error(f"{what} must be a number.")
    if not low <= value <= high or abs(value) > LARGEST:
        raise error(f"{what} must be a finite number from {low} to {high}.")
    return float(value)


def as_text(value: object, what: str, longest: int, error: ErrorClass) -> str:
    """Return ``value`` if it is a string of at most ``longest`` characters that UTF-8 can write."""
    if type(value) is not str or len(value) > longest or _SURROGATE.search(value):
        raise error(f"{what} must be a string of at most {longest} characters.")
    return value


def as_match(value: object, what: str, pattern: re.Pattern[str], error: ErrorClass) -> str:
    """Return ``value`` if it is a string that ``pattern`` matches as a whole."""
    if type(value) is not str or not pattern.fullmatch(value):
        raise error(f"{what} is not of the form {pattern.pattern}.")
    return value


def as_flag(value: object, what: str, error: ErrorClass) -> bool:
    """Return ``value`` if it is true or false."""
    if type(value) is not bool:
        raise error(f"{what} must be true or false.")
    return value


def as_items(value: object, what: str, most: int, error: ErrorClass) -> list[object]:
    """Return ``value`` if it is an array of at most ``most`` items."""
    if not isinstance(value, list) or len(value) > most:
        raise error(f"{what} must be an array of at most {most} items.")
    return value


class Fields:
    """The fields of one JSON object, taken out one by one; ``done`` refuses what is left.

    Parameters
    ----------
    value
        What should be an object.
    what
        Its name, beginning a sentence: "A note".
    error
        The class to raise; every method raises it.
    """

    def __init__(self, value: object, what: str, error: ErrorClass) -> None:
        if not isinstance(value, dict):
            raise error(f"{what} must be an object.")
        self._left: dict[object, object] = dict(value)
        self.what = what
        self.error = error

    def has(self, name: str) -> bool:
        """Say whether the field is there and not yet taken."""
        return name in self._left

    def null(self, name: str) -> bool:
        """Take the field if it is null, and say whether it was."""
        if self.has(name) and self._left[name] is None:
            del self._left[name]
            return True
        return False

    def take(self, name: str) -> object:
        """Take the field, whatever it is."""
        if name not in self._left:
            raise self.error(f"{self.what} has no field {name}.")
        return self._left.pop(name)

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Take an integer; ``default`` (if given) where it is absent."""
        if default is not None and not self.has(name):
            return default
        return as_integer(self.take(name), self._named(name), low, high, self.error)

    def number(
        self,
        name: str,
        low: float = -math.inf,
        high: float = math.inf,
        default: float | None = None,
    ) -> float:
        """Take a finite number; ``default`` (if given) where it is absent."""
        if default is not None and not self.has(name):
            return default
        return as_number(self.take(name), self._named(name), low, high, self.error)

    def positive(self, name: str, high: float = math.inf) -> float:
        """Take a number above zero."""
        value = self.number(name, 0, high)
        if value == 0:
            raise self.error(f"{self._named(name)} must be above zero.")
        return value

    def text(self, name: str, longest: int, default: str | None = None) -> str:
        """Take a string of at most ``longest`` characters; ``default`` where it is absent."""
        if default is not None and not self.has(name):
            return default
        return as_text(self.take(name), self._named(name), longest, self.error)

    def match(self, name: str, pattern: re.Pattern[str]) -> str:
        """Take a string of the form ``pattern``."""
        return as_match(self.take(name), self._named(name), pattern, self.error)

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Take one of the ``choices``; ``default`` where it is absent."""
        value = self.text(name, 64, default)
        if value not in choices:
            raise self.error(f"{self._named(name)} must be one of {', '.join(choices)}.")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Take true or false; ``default`` where it is absent."""
        if default is not None and not self.has(name):
            return default
        return as_flag(self.take(name), self._named(name), self.error)

    def items(self, name: str, most: int, *, absent: bool = False) -> list[object]:
        """Take an array of at most ``most`` items; with ``absent`` an empty one where it is
        absent."""
        if absent and not self.has(name):
            return []
        return as_items(self.take(name), self._named(name), most, self.error)

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """Take an array of exactly ``count`` finite numbers."""
        items = self.items(name, count)
        if len(items) != count:
            raise self.error(f"{self._named(name)} must have {count} items.")
        what = self._named(name)
        return tuple(as_number(item, what, -math.inf, math.inf, self.error) for item in items)

    def fields(self, name: str) -> Fields:
        """Take an object."""
        return Fields(self.take(name), self._named(name), self.error)

    def done(self) -> None:
        """Refuse fields that are left: a typing mistake must not pass silently."""
        for name in self._left:
            known = isinstance(name, str) and _FIELD_NAME.fullmatch(name)
            raise self.error(f"{self.what} has a field too many{f': {name}' if known else ''}.")

    def _named(self, name: str) -> str:
        return f"{self.what}: {name}"
