"""How a tile falls into resolutions, precincts and code-blocks (T.800 B.5 to B.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streaming.codestream.source_markers import Area, SourceStyle
from streaming.errors import CodestreamError

MAX_PRECINCTS: Final = 1 << 14
MAX_BLOCKS: Final = 1 << 18
"""Of one tile and component: enough for 500 megapixels in blocks of 64 x 64, 32 in 16 x 16."""

LOW: Final = ((0, 0),)
HIGH: Final = ((1, 0), (0, 1), (1, 1))
"""Horizontal, vertical: which subbands a resolution adds. LL; HL, LH, HH."""


@dataclass(frozen=True, slots=True)
class Precinct:
    """One precinct of one resolution."""

    anchor: tuple[int, int]
    """Row, column of the reference grid at which position-wise progressions reach it (B.12.1.3)."""
    bands: tuple[tuple[int, int], ...]
    """Code-blocks across and down, for each subband; 0, 0 where it has none."""


def partition(tile: Area, style: SourceStyle) -> tuple[tuple[Precinct, ...], ...]:
    """Return the precincts of each resolution, row by row.

    Raises CodestreamError where there are more of them than any real picture has.
    """
    resolutions = []
    precincts = blocks = 0
    for resolution in range(style.resolutions):
        levels = style.resolutions - 1 - resolution
        area = _reduced(tile, levels)
        wide, high = style.precincts[resolution]
        columns = _cells(area.left, area.right, wide)
        rows = _cells(area.top, area.bottom, high)
        precincts += len(columns) * len(rows)
        if precincts > MAX_PRECINCTS:
            raise CodestreamError("The codestream has too many precincts.")
        made = tuple(
            _precinct(tile, style, resolution, column, row) for row in rows for column in columns
        )
        blocks += sum(across * down for each in made for across, down in each.bands)
        if blocks > MAX_BLOCKS:
            raise CodestreamError("The codestream has too many code-blocks.")
        resolutions.append(made)
    return tuple(resolutions)


def _precinct(tile: Area, style: SourceStyle, resolution: int, column: int, row: int) -> Precinct:
    levels = style.resolutions - 1 - resolution
    wide, high = style.precincts[resolution]
    anchor = (
        max(row << (high + levels), tile.top),
        max(column << (wide + levels), tile.left),
    )
    inner = 1 if resolution else 0
    # In a subband of the higher resolutions a precinct is half as wide and high (B.6).
    wide, high = wide - inner, high - inner
    block_wide, block_high = min(style.block[0], wide), min(style.block[1], high)
    bands = []
    for across, down in HIGH if resolution else LOW:
        band = _subband(tile, levels + inner, across, down)
        columns = _within(band.left, band.right, column, wide, block_wide)
        rows = _within(band.top, band.bottom, row, high, block_high)
        bands.append((columns, rows) if columns and rows else (0, 0))
    return Precinct(anchor, tuple(bands))


def _subband(tile: Area, levels: int, across: int, down: int) -> Area:
    """Return a subband's area on its own grid (B-15)."""
    if not levels:
        return tile
    half = 1 << (levels - 1)
    return Area(
        _ceil(tile.left - half * across, levels),
        _ceil(tile.top - half * down, levels),
        _ceil(tile.right - half * across, levels),
        _ceil(tile.bottom - half * down, levels),
    )


def _reduced(tile: Area, levels: int) -> Area:
    return _subband(tile, levels, 0, 0)


def _within(start: int, stop: int, cell: int, size: int, block: int) -> int:
    """Return how many blocks the part of ``start`` to ``stop`` has that lies in a precinct."""
    return len(_cells(max(start, cell << size), min(stop, (cell + 1) << size), block))


def _cells(start: int, stop: int, size: int) -> range:
    """Return the numbers of the cells of 1 << ``size`` that ``start`` to ``stop`` touches."""
    return range(start >> size, _ceil(stop, size)) if start < stop else range(0)


def _ceil(value: int, bits: int) -> int:
    return -(-value >> bits)
