"""The session's book of frames: which are ready, wanted, failed, announced, and what is held of
them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from streaming.codestream.index import FrameIndex
from streaming.errors import HoldingsError, ManifestError
from streaming.holdings import FrameHoldings, HeldFrame
from streaming.manifest import Manifest
from streaming.scheduler import FrameState
from streaming.vocabulary import FrameKey

LONGEST_RETRY: Final = 300.0
"""Seconds."""
MOST_STATED: Final = 200_000
"""Runs and parts that a viewer may state of frames that are not ready, and manifests that it may
say it has: several times what the longest ``hello`` can carry."""


class Frames:
    """Frames of one connection."""

    def __init__(self, ahead: int, retry_after: float) -> None:
        self.known_manifests: set[str] = set()
        """Ids of manifests whose bodies the viewer has."""
        self.dropped: set[FrameKey] = set()
        self._ahead = ahead
        self._retry_after = retry_after
        self._ready: dict[FrameKey, FrameState] = {}
        self._stated: dict[FrameKey, HeldFrame] = {}
        self._void: dict[FrameKey, set[int]] = {}
        """Tiles of stated frames, not ready yet, that the viewer has thrown away since."""
        self._failures: dict[FrameKey, float | None] = {}
        """When it may be asked for again; None: never."""
        self._tries: Counter[FrameKey] = Counter()
        self._visible: FrameKey | None = None
        self._to_name: list[FrameKey] = []
        self._outstanding: set[FrameKey] = set()
        self._handles: dict[FrameKey, int] = {}
        self._next_handle = 0

    def find(self, key: FrameKey) -> FrameState | None:
        """Return the frame if it is ready."""
        return self._ready.get(key)

    def state(self, key: FrameKey) -> FrameState:
        """Return a frame that is ready; KeyError for another."""
        return self._ready[key]

    def failed(self, key: FrameKey) -> bool:
        """Say whether the frame cannot be had now."""
        return key in self._failures

    def ready(self, key: FrameKey, manifest: Manifest, index: FrameIndex) -> None:
        """Enter a frame; what the viewer stated of it counts if it is of the same manifest id.

        Raises
        ------
        ManifestError
            The index is not that of the manifest, or the manifest of another frame.
        HoldingsError
            The viewer stated something that this manifest cannot have.
        """
        self._outstanding.discard(key)
        self._failures.pop(key, None)
        known = self._ready.get(key)
        if known is not None and known.manifest.id == manifest.id:
            return
        if manifest.frame != key:
            raise ManifestError("A frame's manifest is of another frame.")
        _check_index(manifest, index)
        self._handles.pop(key, None)
        state = FrameState(
            manifest,
            index,
            FrameHoldings(manifest.id, len(manifest.tiles), manifest.resolutions),
        )
        self._ready[key] = state
        stated = self._stated.pop(key, None)
        if stated is not None:
            _merge(state, stated)
        for tile in self._void.pop(key, ()):
            if tile < len(manifest.tiles):
                state.held.forget(tile)

    def fail(self, key: FrameKey, now: float, *, may_retry: bool) -> None:
        """Enter that a frame could not be had; each further try waits twice as long.

        One that was ready (its bytes are gone) is no longer; what was sent of it still counts.
        """
        self._outstanding.discard(key)
        state = self._ready.pop(key, None)
        if state is not None:
            self._stated[key] = state.held.to_held(key)
        wait = min(self._retry_after * 2 ** self._tries[key], LONGEST_RETRY)
        self._tries[key] += 1
        self._failures[key] = now + wait if may_retry else None

    def retry(self, now: float) -> bool:
        """Let frames be wanted again whose wait is over; say whether there was any."""
        if not self._failures:  # asked for each message
            return False
        over = [key for key, at in self._failures.items() if at is not None and at <= now]
        for key in over:
            del self._failures[key]
        return bool(over)

    def next_retry(self) -> float | None:
        """Return when the next wait is over."""
        return min((at for at in self._failures.values() if at is not None), default=None)

    def look_at(self, key: FrameKey | None) -> None:
        """Enter which frame is looked at (None: none), and take back what was wanted and not yet
        named."""
        self._visible = key
        if key is not None:
            self.dropped.discard(key)
        self._to_name.clear()

    def want(self, key: FrameKey) -> bool:
        """Enter that a frame is wanted; False where too many are already on the way."""
        on_the_way = self._outstanding.union(self._to_name)
        if key in on_the_way:
            return True
        if key != self._visible and len(on_the_way - {self._visible}) >= self._ahead:
            return False
        self._to_name.append(key)
        return True

    @property
    def unnamed(self) -> bool:
        """Whether a frame is wanted that was not yet named."""
        return bool(self._to_name)

    def named(self) -> list[FrameKey]:
        """Return the frames to be made or loaded, best first, each once."""
        named, self._to_name = self._to_name, []
        self._outstanding.update(named)
        return named

    def announced(self, key: FrameKey) -> bool:
        """Say whether the viewer knows the frame by a handle."""
        return key in self._handles

    def handle(self, key: FrameKey) -> int:
        """Return the handle of a frame that was announced."""
        return self._handles[key]

    def announce(self, key: FrameKey) -> int:
        """Give the frame a handle."""
        self._handles[key] = self._next_handle
        self._next_handle += 1
        return self._handles[key]

    def state_held(self, statements: Iterable[HeldFrame]) -> None:
        """Enter what the viewer says it holds; statements of another manifest id are void.

        Raises HoldingsError where it is more than one connection may state.
        """
        for stated in statements:
            state = self._ready.get(stated.frame)
            if state is None:
                self._stated[stated.frame] = stated
                self._void.pop(stated.frame, None)
            else:
                _merge(state, stated)
            self.known_manifests.add(stated.manifest)
        waiting = sum(1 + len(one.held) + len(one.partial) for one in self._stated.values())
        if max(waiting, len(self.known_manifests)) > MOST_STATED:
            raise HoldingsError("More is said to be held than one connection may state.")

    def drop(self, key: FrameKey) -> None:
        """Enter that the viewer holds nothing of the frame, for want of room."""
        stated = self._stated.pop(key, None)
        self._void.pop(key, None)
        state = self._ready.get(key)
        if stated is not None or state is not None:
            self.dropped.add(key)
        if state is not None:
            for tile in range(len(state.manifest.tiles)):
                state.held.forget(tile)
            state.taken_back()

    def again(self, key: FrameKey, tile: int) -> None:
        """Enter that the viewer holds nothing of one tile."""
        if key in self._stated:
            self._void.setdefault(key, set()).add(tile)
        state = self._ready.get(key)
        if state is not None:
            state.held.forget(tile)
            state.taken_back()


def _merge(state: FrameState, stated: HeldFrame) -> None:
    if stated.manifest != state.manifest.id:
        return
    manifest = state.manifest
    held = FrameHoldings.from_held(stated, len(manifest.tiles), manifest.resolutions)
    _check_held(state, held)
    state.held.merge(held)


def _check_held(state: FrameState, held: FrameHoldings) -> None:
    """Raise HoldingsError where more is said to be held than there is."""
    for tile in range(held.tiles):
        lengths = state.index.lengths[tile]
        own = len(lengths[0]) if lengths else 0
        for resolution in range(held.resolutions):
            layers = held.layers(tile, resolution)
            partial = held.partial(tile, resolution)
            if layers > (len(lengths) if resolution < own else 0):
                raise HoldingsError("More layers are said to be held than there are.")
            if partial and not (
                resolution < own and layers < len(lengths) and partial < lengths[layers][resolution]
            ):
                raise HoldingsError("More of a segment is said to be held than there is.")


def _check_index(manifest: Manifest, index: FrameIndex) -> None:
    if len(index.lengths) != len(manifest.tiles):
        raise ManifestError("The index has not the manifest's tiles.")
    for tile, lengths in enumerate(index.lengths):
        resolutions = len(lengths[0]) if lengths else 0
        if (len(lengths), resolutions) != (
            manifest.layers_of(tile),
            manifest.resolutions_of(tile),
        ):
            raise ManifestError("The index has not the manifest's layers and resolutions.")
