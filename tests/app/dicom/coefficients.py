"""The quantised DCT coefficients of a Huffman-coded JPEG, baseline or progressive (T.81 Annex F
and G).

Plain and slow: it is here so that tests can compare a rewritten JPEG with its source coefficient
by coefficient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

ZIGZAG = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]  # fmt: skip

Codes = dict[tuple[int, int], int]


@dataclass
class Component:
    name: int
    across: int
    down: int
    table: int
    width: int = 0  # in blocks, padded to whole MCUs
    height: int = 0
    own_width: int = 0  # in blocks, as a scan of this component alone has them
    own_height: int = 0
    blocks: list[list[int]] = field(default_factory=list)
    predicted: int = 0


def _ceil(number: int, divisor: int) -> int:
    return -(-number // divisor)


class Bits:
    """Bits of entropy-coded bytes whose stuffing was removed."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def bit(self) -> int:
        byte, shift = divmod(self._place, 8)
        self._place += 1
        return (self._data[byte] >> (7 - shift)) & 1 if byte < len(self._data) else 1

    def number(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.bit()
        return value

    def signed(self, count: int) -> int:
        """T.81 F.2.2.1, EXTEND."""
        value = self.number(count)
        return value if count == 0 or value >= 1 << (count - 1) else value - (1 << count) + 1

    def symbol(self, codes: Codes) -> int:
        code, length = 0, 0
        while length < 16:
            code, length = code << 1 | self.bit(), length + 1
            if (length, code) in codes:
                return codes[length, code]
        raise ValueError("no such Huffman code")


class Reader:
    """Reads one JPEG; afterwards ``components`` hold all coefficients."""

    def __init__(self, jpeg: bytes) -> None:
        self.components: list[Component] = []
        self.quantisation: dict[int, bytes] = {}
        self._huffman: dict[int, Codes] = {}
        self._progressive = False
        self._restart = 0
        place = 2
        while True:
            while jpeg[place + 1] == 0xFF:
                place += 1
            code = jpeg[place + 1]
            if code == 0xD9:
                return
            length = int.from_bytes(jpeg[place + 2 : place + 4], "big")
            content = jpeg[place + 4 : place + 2 + length]
            place += 2 + length
            self._segment(code, content)
            if code == 0xDA:
                place = self._scan(content, jpeg, place)

    def _segment(self, code: int, content: bytes) -> None:
        if code == 0xDB:
            self._read_quantisation(content)
        elif code == 0xC4:
            self._read_huffman(content)
        elif code in (0xC0, 0xC1, 0xC2):
            self._progressive = code == 0xC2
            self._read_frame(content)
        elif code == 0xDD:
            self._restart = int.from_bytes(content, "big")

    def _read_quantisation(self, content: bytes) -> None:
        while content:
            size = 64 if content[0] < 16 else 128
            self.quantisation[content[0] & 15] = content[1 : 1 + size]
            content = content[1 + size :]

    def _read_huffman(self, content: bytes) -> None:
        while content:
            counts, values = content[1:17], content[17:]
            codes: Codes = {}
            code, place = 0, 0
            for length, count in enumerate(counts, start=1):
                for _ in range(count):
                    codes[length, code] = values[place]
                    code, place = code + 1, place + 1
                code <<= 1
            self._huffman[content[0]] = codes
            content = values[place:]

    def _read_frame(self, content: bytes) -> None:
        rows, columns = int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big")
        for number in range(content[5]):
            name, sampling, table = content[6 + 3 * number : 9 + 3 * number]
            self.components.append(Component(name, sampling >> 4, sampling & 15, table))
        most_across = max(part.across for part in self.components)
        most_down = max(part.down for part in self.components)
        self._mcus_across = -(-columns // (8 * most_across))
        self._mcus_down = -(-rows // (8 * most_down))
        for part in self.components:
            part.own_width = _ceil(_ceil(columns * part.across, most_across), 8)
            part.own_height = _ceil(_ceil(rows * part.down, most_down), 8)
            part.width = self._mcus_across * part.across
            part.height = self._mcus_down * part.down
            part.blocks = [[0] * 64 for _ in range(part.width * part.height)]

    def _scan(self, header: bytes, jpeg: bytes, place: int) -> int:
        parts = []
        for number in range(header[0]):
            name, tables = header[1 + 2 * number], header[2 + 2 * number]
            part = next(part for part in self.components if part.name == name)
            parts.append((part, tables >> 4, tables & 15))
        first, last, approximation = header[-3:]
        stretches, place = _stretches(jpeg, place)
        units = iter(list(self._units(parts)))
        for data in stretches:
            decoder = _Scan(self, Bits(data), first, last, approximation)
            for part, _, _ in parts:
                part.predicted = 0
            for count, unit in enumerate(units, start=1):
                for part, dc, ac, block in unit:
                    decoder.block(part, dc, ac, block)
                if count == self._restart:
                    break
        return place

    def _units(
        self, parts: list[tuple[Component, int, int]]
    ) -> Iterator[list[tuple[Component, int, int, list[int]]]]:
        """The blocks of each MCU (T.81 A.2)."""
        if len(parts) == 1:
            part, dc, ac = parts[0]
            for row in range(part.own_height):
                for column in range(part.own_width):
                    yield [(part, dc, ac, part.blocks[row * part.width + column])]
            return
        for top in range(self._mcus_down):
            for left in range(self._mcus_across):
                yield [
                    (
                        part,
                        dc,
                        ac,
                        part.blocks[
                            (top * part.down + row) * part.width + left * part.across + column
                        ],
                    )
                    for part, dc, ac in parts
                    for row in range(part.down)
                    for column in range(part.across)
                ]

    def codes(self, kind: int, table: int) -> Codes:
        return self._huffman[kind << 4 | table]

    @property
    def progressive(self) -> bool:
        return self._progressive


class _Scan:
    def __init__(
        self, reader: Reader, bits: Bits, first: int, last: int, approximation: int
    ) -> None:
        self._reader, self._bits = reader, bits
        self._first, self._last = first, last
        self._high, self._low = approximation >> 4, approximation & 15
        self._run = 0

    def block(self, part: Component, dc: int, ac: int, block: list[int]) -> None:
        if not self._reader.progressive:
            self._dc(part, dc, block)
            self._ac_first(ac, block, 1, 63)
        elif self._first == 0 and self._high == 0:
            self._dc(part, dc, block)
        elif self._first == 0:
            block[0] |= self._bits.bit() << self._low
        elif self._high == 0:
            self._ac_first(ac, block, self._first, self._last)
        else:
            self._ac_refined(ac, block)

    def _dc(self, part: Component, table: int, block: list[int]) -> None:
        size = self._bits.symbol(self._reader.codes(0, table))
        part.predicted += self._bits.signed(size)
        block[0] = part.predicted << self._low

    def _ac_first(self, table: int, block: list[int], place: int, last: int) -> None:
        if self._run:
            self._run -= 1
            return
        codes = self._reader.codes(1, table)
        while place <= last:
            zeros, size = divmod(self._bits.symbol(codes), 16)
            if size:
                place += zeros
                block[ZIGZAG[place]] = self._bits.signed(size) << self._low
                place += 1
            elif zeros == 15:
                place += 16
            else:
                self._run = (1 << zeros) + self._bits.number(zeros) - 1
                return

    def _ac_refined(self, table: int, block: list[int]) -> None:
        """T.81 G.1.2.3."""
        place, step = self._first, 1 << self._low
        codes = self._reader.codes(1, table)
        while place <= self._last and self._run == 0:
            zeros, size = divmod(self._bits.symbol(codes), 16)
            value = 0
            if size:
                value = step if self._bits.bit() else -step
            elif zeros < 15:
                self._run = (1 << zeros) + self._bits.number(zeros)
                break
            while place <= self._last:
                at = ZIGZAG[place]
                place += 1
                if block[at]:
                    self._refine(block, at, step)
                elif zeros == 0:
                    block[at] = value
                    break
                else:
                    zeros -= 1
        if self._run:
            for at in (ZIGZAG[later] for later in range(place, self._last + 1)):
                if block[at]:
                    self._refine(block, at, step)
            self._run -= 1

    def _refine(self, block: list[int], at: int, step: int) -> None:
        if self._bits.bit() and not abs(block[at]) & step:
            block[at] += step if block[at] > 0 else -step


def _stretches(jpeg: bytes, place: int) -> tuple[list[bytes], int]:
    """The entropy-coded bytes of a scan between restart markers, without stuffing, and where they
    end."""
    stretches, start = [], place
    while True:
        place = jpeg.index(b"\xff", place)
        following = jpeg[place + 1]
        if following == 0:
            place += 2
            continue
        if following == 0xFF:
            place += 1
            continue
        stretches.append(jpeg[start:place].replace(b"\xff\x00", b"\xff"))
        if not 0xD0 <= following <= 0xD7:
            return stretches, place
        place += 2
        start = place


def coefficients(jpeg: bytes) -> list[tuple[bytes, list[list[int]]]]:
    """For each component: its quantisation table, and its blocks without those that pad the last
    MCU."""
    reader = Reader(jpeg)
    return [
        (
            reader.quantisation[part.table],
            [
                part.blocks[row * part.width + column]
                for row in range(part.own_height)
                for column in range(part.own_width)
            ],
        )
        for part in reader.components
    ]
