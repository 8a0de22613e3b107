"""Transfer syntaxes: which are decoded, and what to say of the others."""

from __future__ import annotations

from typing import Final

from pydicom.encaps import generate_fragments
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from app.errors import UnsupportedTransferSyntax

DEFLATED_IMAGE_FRAME: Final = UID("1.2.840.10008.1.2.8.1")
LOSSY: Final = frozenset(
    {
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.81",
    }
)
"""Transfer syntaxes that are lossy by their nature; JPEG 2000 says so in the dataset or not at
all."""
NAMES: Final = {
    "1.2.840.10008.1.2.4.110": "JPEG XL",
    "1.2.840.10008.1.2.4.111": "JPEG XL",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
}
VIDEO: Final = ("1.2.840.10008.1.2.4.10", "1.2.840.10008.1.2.7")
SOF_SYNTAX: Final = {
    0xC0: JPEGBaseline8Bit,
    0xC1: JPEGExtended12Bit,
    0xC3: JPEGLosslessSV1,
    0xF7: JPEGLSLossless,
}


def is_encapsulated(syntax: UID) -> bool:
    """Say whether frames are compressed one by one (PS3.5 A.4), also for syntaxes newer than
    pydicom."""
    return syntax == DEFLATED_IMAGE_FRAME or bool(syntax.is_encapsulated)


def check_transfer_syntax(syntax: UID) -> None:
    """Raise UnsupportedTransferSyntax unless frames in ``syntax`` can be decoded."""
    if syntax == DEFLATED_IMAGE_FRAME:
        return
    try:
        if get_decoder(syntax).is_available:
            return
    except NotImplementedError:
        pass
    if str(syntax).startswith(VIDEO) and syntax not in NAMES:
        raise UnsupportedTransferSyntax(
            "This file holds a video (MPEG), which is not shown: export it as single pictures.",
            transfer_syntax=str(syntax),
        )
    name = NAMES.get(syntax, syntax.name)
    raise UnsupportedTransferSyntax(
        f"Pictures compressed as {name} are not shown: export the file uncompressed "
        "or as JPEG 2000.",
        transfer_syntax=str(syntax),
    )


def guess_encapsulated(pixel_data: bytes) -> UID:
    """Guess the transfer syntax of encapsulated pixel data from the first codestream's own
    header."""
    fragments = generate_fragments(pixel_data)
    try:
        next(fragments)  # the Basic Offset Table
        first = next(fragments)
    except (StopIteration, ValueError):
        first = b""
    if first.startswith((b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  ")):
        return HTJ2K if b"\xff\x50" in first[:512] else JPEG2000
    if first.startswith(b"\xff\xd8"):
        return _jpeg_syntax(first)
    if len(first) >= 64 and 1 <= int.from_bytes(first[:4], "little") <= 15:
        return RLELossless
    raise UnsupportedTransferSyntax(
        "The file does not say how its picture is compressed (Transfer Syntax UID is missing): "
        "export it again."
    )


def _jpeg_syntax(jpeg: bytes) -> UID:
    place = 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        if jpeg[place + 1] in SOF_SYNTAX:
            return SOF_SYNTAX[jpeg[place + 1]]
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    return JPEGBaseline8Bit
