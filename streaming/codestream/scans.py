"""A progressive JPEG cut into scans, and put together again (T.81 Annex B).

Each scan is a layer. Any number of whole scans from the first on, closed by EOI, is a JPEG that
every decoder reads; all of them are the source's own coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streaming.errors import CodestreamError
from streaming.vocabulary import MAX_LAYERS

SOI: Final = b"\xff\xd8"
EOI: Final = b"\xff\xd9"
SOS: Final = 0xDA
WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""TEM and RST0 to RST7 stand alone (T.81 B.1.1.3)."""


def split_scans(jpeg: bytes) -> tuple[bytes, ...]:
    """Cut a JPEG behind each scan.

    The first part is SOI to the end of the first scan; each further one is a scan with the tables
    before it. EOI (and zero bytes behind it, which DICOM adds for an even length) is left out.
    Scans past the 16th stay together with it, since a frame has at most 16 layers.

    Raises
    ------
    CodestreamError
        The bytes are no JPEG, or it is cut off before EOI.
    """
    if jpeg[:2] != SOI:
        raise CodestreamError("The bytes do not begin with SOI: this is no JPEG.")
    parts: list[bytes] = []
    start, place = 0, 2
    while (code := _marker_code(jpeg, place)) != EOI[1]:
        place = _segment_end(jpeg, place, code)
        if code == SOS:
            place = _scan_end(jpeg, place)
            parts.append(jpeg[start:place])
            start = place
    if jpeg[place + 2 :].strip(b"\x00"):
        raise CodestreamError("There are bytes behind the JPEG's EOI.")
    if not parts or start != place:
        raise CodestreamError("The JPEG does not end with a scan.")
    return (*parts[: MAX_LAYERS - 1], *_joined(parts[MAX_LAYERS - 1 :]))


def join_scans(scans: Sequence[bytes]) -> bytes:
    """Put the scans held, from the first on, together to a JPEG.

    Raises MissingPackets' base CodestreamError where there is none.
    """
    if not scans:
        raise CodestreamError("No scan is held yet: there is nothing to decode.")
    return b"".join((*scans, EOI))


def _joined(parts: list[bytes]) -> list[bytes]:
    return [b"".join(parts)] if parts else []


def _marker_code(jpeg: bytes, place: int) -> int:
    if jpeg[place : place + 1] != b"\xff" or place + 2 > len(jpeg):
        raise CodestreamError("The JPEG is cut off: there is no marker where one should stand.")
    return jpeg[place + 1]


def _segment_end(jpeg: bytes, place: int, code: int) -> int:
    if code in WITHOUT_LENGTH:
        return place + 2
    length = int.from_bytes(jpeg[place + 2 : place + 4], "big")
    if length < 2 or place + 2 + length > len(jpeg):
        raise CodestreamError("A marker segment is longer than the JPEG.")
    return place + 2 + length


def _scan_end(jpeg: bytes, place: int) -> int:
    """Return where the entropy-coded bytes end: at a marker that is neither stuffing nor RSTn."""
    while (place := jpeg.find(b"\xff", place)) >= 0:
        following = jpeg[place + 1 : place + 2]
        if following and following != b"\x00" and not 0xD0 <= following[0] <= 0xD7:
            # 0xFF before a marker is fill (T.81 B.1.1.2); it belongs to the scan.
            if following != b"\xff":
                return place
            place += 1
        else:
            place += 2
    raise CodestreamError("The JPEG is cut off in the middle of a scan.")
