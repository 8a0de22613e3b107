"""A valid J2K codestream from whatever segments are held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from streaming.codestream.markers import EOC, SOD, SOT, SOT_BYTES
from streaming.errors import CodestreamError, MissingPackets

EMPTY_PACKET: Final = b"\x00"
"""One zero bit says that a packet is empty; the rest of its byte is padding (T.800 B.9)."""


def assemble(
    header: bytes, packets: Sequence[int], layers: int, held: Mapping[tuple[int, int], bytes]
) -> bytes:
    """Put a codestream of one tile together from the segments held.

    Parameters
    ----------
    header
        SOC to the last marker before SOT.
    packets
        Packets of one segment, for each resolution.
    layers
        Layers that the header (COD) promises.
    held
        Whole segments, by (resolution, layer). Per resolution the layers held must be a prefix;
        a missing segment becomes one zero byte a packet.

    Raises
    ------
    MissingPackets
        A layer is held and a lower one of the same resolution is not.
    CodestreamError
        A segment is held that the header does not have.
    """
    _check_prefixes(len(packets), layers, held)
    body = b"".join(
        held.get((resolution, layer)) or EMPTY_PACKET * count
        for layer in range(layers)
        for resolution, count in enumerate(packets)
    )
    length = SOT_BYTES + 2 + len(body)
    part = b"".join(
        (
            SOT.to_bytes(2, "big"),
            (10).to_bytes(2, "big"),  # Lsot
            (0).to_bytes(2, "big"),  # Isot: the only tile
            # Psot; from 4 GiB on 0, which means "up to EOC" (T.800 A.4.2)
            (length if length < 1 << 32 else 0).to_bytes(4, "big"),
            b"\x00\x01",  # TPsot, TNsot: part 0 of 1
        )
    )
    return b"".join((header, part, SOD.to_bytes(2, "big"), body, EOC.to_bytes(2, "big")))


def _check_prefixes(resolutions: int, layers: int, held: Mapping[tuple[int, int], bytes]) -> None:
    for resolution, layer in held:
        if not (0 <= resolution < resolutions and 0 <= layer < layers):
            raise CodestreamError("A segment is held that the tile does not have.")
        if layer and (resolution, layer - 1) not in held:
            raise MissingPackets(
                f"Layer {layer} of resolution {resolution} is held and layer {layer - 1} is not."
            )
