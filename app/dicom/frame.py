"""A coded frame as the pool hands it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streaming.codestream.index import FrameIndex
from streaming.manifest import Manifest


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """Everything that is stored of one frame."""

    manifest: Manifest
    index: FrameIndex
    body: bytes
    """All segments; ``index`` says where each lies."""
    preview: bytes
    """WebP of the frame as it is shown by default, its long side at most 512 pixels."""
    tables: Mapping[str, bytes] = field(default_factory=dict)
    """Lookup tables and overlays that the manifest names, by their id."""
