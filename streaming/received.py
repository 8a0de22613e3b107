"""What a viewer in Python has received: manifests, segments, and which frame a handle is.

It keeps compressed segments only; decoding and digests are the caller's.
"""

from __future__ import annotations

from streaming.codestream.assemble import assemble
from streaming.codestream.scans import join_scans
from streaming.errors import WireError
from streaming.holdings import FrameHoldings, Holdings
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.vocabulary import Coding, FrameKey, SegmentKey
from streaming.wire import ManifestMessage, SegmentSlice


class Received:
    """All that one viewer holds; it outlives connections, handles do not."""

    def __init__(self) -> None:
        self.holdings = Holdings()
        self.manifests: dict[FrameKey, Manifest] = {}
        self.segment_bytes = 0
        """Of segments, over all connections."""
        self.wasted_bytes = 0
        """Of these, bytes that were already held."""
        self._segments: dict[SegmentKey, bytearray] = {}
        self._handles: dict[int, FrameKey] = {}
        self._voided: set[FrameKey] = set()

    def connected(self) -> None:
        """Begin a new connection."""
        self._handles.clear()
        self._voided.clear()

    def begin(self, message: ManifestMessage) -> None:
        """Take a frame's manifest and handle; what is held under another id is void."""
        frame = message.frame
        manifest = self._body(message)
        known = self.holdings.get(frame)
        if known is not None and known.manifest != message.id:
            self.forget(frame)
        self.manifests[frame] = manifest
        self.holdings.begin(frame, message.id, len(manifest.tiles), manifest.resolutions)
        self._handles = {h: key for h, key in self._handles.items() if key != frame}
        self._handles[message.handle] = frame

    def forget(self, frame: FrameKey) -> None:
        """Let the segments of a frame go."""
        self.holdings.drop(frame)
        self._voided.add(frame)
        for key in [k for k in self._segments if k.frame == frame]:
            del self._segments[key]

    def forget_tile(self, frame: FrameKey, tile: int) -> bool:
        """Let the segments of one tile go; False if nothing of the frame is held."""
        held = self.holdings.get(frame)
        if held is None:
            return False
        held.forget(tile)
        self._voided.add(frame)
        for key in [k for k in self._segments if (k.frame, k.tile) == (frame, tile)]:
            del self._segments[key]
        return True

    def take(self, piece: SegmentSlice) -> SegmentKey | None:
        """Take a slice; return its segment's key if that is now held whole.

        Raises WireError where the slice breaks the protocol.
        """
        self.segment_bytes += len(piece.data)
        frame = self._handles.get(piece.handle)
        if frame is None:
            raise WireError("A slice is of a handle that no manifest message has named.")
        manifest = self.manifests[frame]
        if not _exists(manifest, piece):
            raise WireError("A slice is of a segment that its frame does not have.")
        held = self.holdings.begin(frame, manifest.id, len(manifest.tiles), manifest.resolutions)
        key = SegmentKey(frame, piece.tile, piece.resolution, piece.layer)
        layers = held.layers(piece.tile, piece.resolution)
        begun = held.partial(piece.tile, piece.resolution) if piece.layer == layers else -1
        if piece.layer < layers:
            self.wasted_bytes += len(piece.data)
        elif piece.offset <= begun:
            return self._append(key, piece, held)
        elif frame in self._voided:
            # What was under way when the viewer dropped the frame may begin in the middle.
            self.wasted_bytes += len(piece.data)
        else:
            raise WireError("A slice does not follow what is held.")
        return None

    def segment(self, frame: FrameKey, tile: int, resolution: int, layer: int) -> bytes:
        """Return what is held of a segment: nothing, a beginning, or all of it."""
        return bytes(self._segments.get(SegmentKey(frame, tile, resolution, layer), b""))

    def assembled(self, frame: FrameKey, tile: int) -> bytes:
        """Return what a decoder must be given: a whole J2K codestream, or a JPEG of the scans held.

        Raises WireError for an unknown or constant tile, CodestreamError where no scan is held.
        """
        manifest = self.manifests.get(frame)
        held = self.holdings.get(frame)
        if manifest is None or held is None or manifest.tiles[tile].constant is not None:
            raise WireError("There are no segments of this tile.")
        whole = {
            (resolution, layer): self.segment(frame, tile, resolution, layer)
            for resolution in range(manifest.resolutions_of(tile))
            for layer in range(held.layers(tile, resolution))
        }
        if manifest.coding is Coding.JPEG_SCANS:
            return join_scans(list(whole.values()))
        header = manifest.headers[manifest.tiles[tile].header or 0]
        return assemble(header.data, header.packets, manifest.layers_of(tile), whole)

    def complete(self, frame: FrameKey) -> bool:
        """Say whether every segment of the frame is held."""
        manifest, held = self.manifests.get(frame), self.holdings.get(frame)
        return (
            manifest is not None
            and held is not None
            and all(
                held.layers(tile, resolution) == manifest.layers_of(tile)
                for tile in range(len(manifest.tiles))
                for resolution in range(manifest.resolutions_of(tile))
            )
        )

    def _append(
        self, key: SegmentKey, piece: SegmentSlice, held: FrameHoldings
    ) -> SegmentKey | None:
        data = self._segments.setdefault(key, bytearray())
        new = piece.data[len(data) - piece.offset :]
        self.wasted_bytes += len(piece.data) - len(new)
        data += new
        if len(data) < piece.total:
            held.set_partial(piece.tile, piece.resolution, len(data))
            return None
        held.complete(piece.tile, piece.resolution)
        return key

    def _body(self, message: ManifestMessage) -> Manifest:
        body = message.manifest
        if isinstance(body, ManifestChanges):
            like = self._handles.get(body.like)
            if like is None:
                raise WireError("A manifest is told by a handle that was not named.")
            return body.applied(self.manifests[like], message.id, message.frame)
        manifest = body or self.manifests.get(message.frame)
        if manifest is None or manifest.id != message.id:
            raise WireError("The server sends no manifest, and the viewer has none of this id.")
        return manifest


def _exists(manifest: Manifest, piece: SegmentSlice) -> bool:
    return (
        piece.tile < len(manifest.tiles)
        and piece.layer < manifest.layers_of(piece.tile)
        and piece.resolution < manifest.resolutions_of(piece.tile)
    )
