"""The main header of a source, changed only in what its code-blocks do not depend on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from streaming.codestream.markers import COD, NOT_KEPT, QCC, QCD, SIZ, SOC, Marker
from streaming.codestream.source_markers import (
    EPH_USED,
    PRECINCTS_SAID,
    SOP_USED,
    SourceStyle,
    read_source_style,
)

SIGNED: Final = 0x80
DERIVED: Final = 1
"""QCD states one step, from which those of the other subbands follow (Table A.28)."""


@dataclass(frozen=True, slots=True)
class SourceHeader:
    """SIZ, COD, QCD and the like of a source of one tile with its origin at 0, 0."""

    contents: tuple[tuple[int, bytes], ...]
    """Code and content of each marker segment, in order."""

    @classmethod
    def of(cls, markers: Iterable[Marker]) -> SourceHeader:
        return cls(
            tuple((each.code, each.content) for each in markers if each.code not in NOT_KEPT)
        )

    def content(self, code: int) -> bytes:
        """Return the content of the first marker segment of this code; KeyError where none is."""
        return next(content for each, content in self.contents if each == code)

    def written(self, layers: int) -> bytes:
        """Return the header of our codestream: LRCP, ``layers`` layers, no SOP and EPH markers.

        Signed samples are declared unsigned, which adds half of their range to each when they are
        decoded (T.800 G.1.2) and changes nothing else.
        """
        parts = [SOC.to_bytes(2, "big")]
        for code, content in self.contents:
            if code == COD:
                marks = content[0] & ~(SOP_USED | EPH_USED)
                content = bytes((marks, 0)) + layers.to_bytes(2, "big") + content[4:]
            elif code == SIZ:
                content = _unsigned(content)
            parts.append(_segment(code, content))
        return b"".join(parts)

    def reduced(self, resolution: int) -> SourceHeader:
        """Return the header of the picture that the resolutions up to this one are by themselves:
        fewer decompositions of a smaller picture, its components not turned into RGB."""
        style = read_source_style(self.content(COD))
        levels = style.resolutions - 1 - resolution
        return SourceHeader(
            tuple(
                (code, _reduced(code, content, style, levels, resolution))
                for code, content in self.contents
                if code != QCC
            )
        )


def _unsigned(size: bytes) -> bytes:
    changed = bytearray(size)
    for component in range(36, len(changed), 3):
        changed[component] &= ~SIGNED
    return bytes(changed)


def _reduced(code: int, content: bytes, style: SourceStyle, levels: int, resolution: int) -> bytes:
    if code == SIZ:
        columns, rows = (
            (-(-int.from_bytes(content[at : at + 4], "big") >> levels)).to_bytes(4, "big")
            for at in (2, 6)
        )
        return b"".join(
            (content[:2], columns, rows, bytes(8), columns, rows, bytes(8), content[34:])
        )
    if code == COD:
        precincts = content[10 : 10 + resolution + 1] if content[0] & PRECINCTS_SAID else b""
        return content[:4] + bytes((0, resolution)) + content[6:10] + precincts
    if code == QCD and content[0] & 31 != DERIVED:
        return content[: 1 + (3 * resolution + 1) * (1 if style.reversible else 2)]
    if code == QCD:
        # The first step is that of the lowest subband, whose exponent falls by one a level.
        exponent = max(0, (content[1] >> 3) - levels)
        return bytes((content[0], exponent << 3 | content[1] & 7, content[2]))
    return content


def _segment(code: int, content: bytes) -> bytes:
    return b"".join((code.to_bytes(2, "big"), (len(content) + 2).to_bytes(2, "big"), content))
