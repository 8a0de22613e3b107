"""Tag trees (T.800 B.10.2): a table of small numbers told a little at a time, minima first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from streaming.codestream.packet_bits import PacketBits, PacketBitsWriter


@dataclass(slots=True)
class _Level:
    """One level, from the leaves to the root, with what was told of its nodes."""

    columns: int
    rows: int
    values: list[int] = field(default_factory=list)
    """Only where they are known beforehand: to be told."""
    least: list[int] = field(init=False)
    known: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.least = [0] * (self.columns * self.rows)
        self.known = [False] * (self.columns * self.rows)

    def node(self, level: int, column: int, row: int) -> int:
        return (row >> level) * self.columns + (column >> level)

    def parent(self) -> _Level:
        columns, rows = (self.columns + 1) >> 1, (self.rows + 1) >> 1
        values: list[int] = []
        if self.values:
            values = [
                min(
                    self.values[down * self.columns + across]
                    for down in range(2 * row, min(2 * row + 2, self.rows))
                    for across in range(2 * column, min(2 * column + 2, self.columns))
                )
                for row in range(rows)
                for column in range(columns)
            ]
        return _Level(columns, rows, values)


def _levels(leaves: _Level) -> list[_Level]:
    levels = [leaves]
    while levels[-1].columns * levels[-1].rows > 1:
        levels.append(levels[-1].parent())
    return levels


class TagTree:
    """The numbers of ``columns`` x ``rows`` code-blocks, as far as they were told."""

    def __init__(self, columns: int, rows: int) -> None:
        self._levels = _levels(_Level(columns, rows))

    def below(self, bits: PacketBits, column: int, row: int, limit: int) -> bool:
        """Say whether the number at ``column``, ``row`` is below ``limit``: reads no more bits than
        that takes."""
        least = 0
        known = False
        for number in range(len(self._levels) - 1, -1, -1):
            level = self._levels[number]
            node = level.node(number, column, row)
            least = max(least, level.least[node])
            known = level.known[node]
            while least < limit and not known:
                if bits.bit():
                    known = level.known[node] = True
                else:
                    least += 1
            level.least[node] = least
        return known and least < limit


class TagTreeWriter:
    """Tells numbers, row by row, to one who reads them with ``TagTree``."""

    def __init__(self, columns: int, rows: int, values: Sequence[int]) -> None:
        self._levels = _levels(_Level(columns, rows, list(values)))

    def tell(self, bits: PacketBitsWriter, column: int, row: int, limit: int) -> None:
        """Tell whether the number at ``column``, ``row`` is below ``limit``."""
        least = 0
        for number in range(len(self._levels) - 1, -1, -1):
            level = self._levels[number]
            node = level.node(number, column, row)
            least = max(least, level.least[node])
            while least < limit and not level.known[node]:
                if least >= level.values[node]:
                    bits.bit(1)
                    level.known[node] = True
                else:
                    bits.bit(0)
                    least += 1
            level.least[node] = least
