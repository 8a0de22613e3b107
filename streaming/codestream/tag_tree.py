"""Tag trees (T.800 B.10.2): a table of small numbers told a little at a time, minima first."""

from __future__ import annotations

from streaming.codestream.packet_bits import PacketBits


class TagTree:
    """The numbers of ``columns`` x ``rows`` code-blocks, as far as they were told."""

    def __init__(self, columns: int, rows: int) -> None:
        self._widths: list[int] = []
        self._least: list[list[int]] = []
        """From the leaves to the root: no number below a node is smaller."""
        self._known: list[list[bool]] = []
        while True:
            self._widths.append(columns)
            self._least.append([0] * (columns * rows))
            self._known.append([False] * (columns * rows))
            if columns * rows <= 1:
                break
            columns, rows = (columns + 1) >> 1, (rows + 1) >> 1

    def below(self, bits: PacketBits, column: int, row: int, limit: int) -> bool:
        """Say whether the number at ``column``, ``row`` is below ``limit``: reads no more bits than
        that takes."""
        least = 0
        known = False
        for level in range(len(self._widths) - 1, -1, -1):
            node = (row >> level) * self._widths[level] + (column >> level)
            least = max(least, self._least[level][node])
            known = self._known[level][node]
            while least < limit and not known:
                if bits.bit():
                    known = self._known[level][node] = True
                else:
                    least += 1
            self._least[level][node] = least
        return known and least < limit
