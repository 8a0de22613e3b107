"""The query parameters of the opening request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streaming.errors import VersionError, WireError
from streaming.viewport import MAX_POSITION, MAX_SCREEN
from streaming.vocabulary import PROTOCOL_VERSION
from streaming.wire.patterns import MANIFEST_ID, MAX_SEQUENCE, UID

DEFAULT_WIDTH: Final = 360
DEFAULT_HEIGHT: Final = 640

_INTEGER = re.compile(r"0|[1-9][0-9]{0,5}")
_SEQUENCE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a viewer says of itself before its first message."""

    fresh: bool
    """True: the viewer holds nothing, the server starts at once. False: it states holdings
    first."""
    study: str | None = None
    """None: no study is opened yet."""
    series: str | None = None
    """None: the study's first series."""
    position: int = 1
    width: int = DEFAULT_WIDTH
    """Room for the picture on the screen, in device pixels."""
    height: int = DEFAULT_HEIGHT
    have: str | None = None
    """Id of a manifest that the page already has."""
    layout: int | None = None
    """The page has the study's layout as of this sequence number; None: it has none."""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Opening:
        """Read the parameters; others than the known ones are left to the endpoint.

        Raises
        ------
        VersionError
            ``v`` is not this side's version.
        WireError
            A parameter breaks a limit.
        """
        if query.get("v") != str(PROTOCOL_VERSION):
            raise VersionError(
                "The viewer speaks another version of the protocol: reload the page."
            )
        fresh = query.get("fresh")
        if fresh not in ("0", "1"):
            raise WireError("The opening's fresh must be 0 or 1.")
        return cls(
            fresh=fresh == "1",
            study=_matching(query, "study", UID),
            series=_matching(query, "series", UID),
            position=_whole(query, "position", MAX_POSITION, 1),
            width=_whole(query, "width", MAX_SCREEN, DEFAULT_WIDTH),
            height=_whole(query, "height", MAX_SCREEN, DEFAULT_HEIGHT),
            have=_matching(query, "have", MANIFEST_ID),
            layout=_sequence(query, "layout"),
        )

    def to_query(self) -> dict[str, str]:
        """Return the parameters, in README.md's order, each one that is known."""
        known: dict[str, object] = {
            "v": PROTOCOL_VERSION,
            "fresh": int(self.fresh),
            "study": self.study,
            "series": self.series,
            "position": self.position,
            "width": self.width,
            "height": self.height,
            "have": self.have,
            "layout": self.layout,
        }
        return {name: str(value) for name, value in known.items() if value is not None}


def _matching(query: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str | None:
    value = query.get(name)
    if value is not None and not pattern.fullmatch(value):
        raise WireError(f"The opening's {name} is not of the form {pattern.pattern}.")
    return value


def _sequence(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is not None and not (_SEQUENCE.fullmatch(value) and int(value) <= MAX_SEQUENCE):
        raise WireError(f"The opening's {name} must be an integer from 0 to {MAX_SEQUENCE}.")
    return None if value is None else int(value)


def _whole(query: Mapping[str, str], name: str, most: int, default: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    if not _INTEGER.fullmatch(value) or not 1 <= int(value) <= most:
        raise WireError(f"The opening's {name} must be an integer from 1 to {most}.")
    return int(value)
