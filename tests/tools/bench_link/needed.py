"""Bytes that a picture needs, as the server really sends them: segments of a viewer on loopback
that asks for the first frame fitted to the phone's screen, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from streaming.client import ViewerClient
from streaming.manifest import Manifest
from streaming.priority import layers_until
from streaming.viewport import discarded_resolutions, fitted_scale
from streaming.vocabulary import FrameKey, SegmentKey
from streaming.wire import ManifestMessage
from tests.tools.bench_link.milestones import FINE_GL, READABLE_GL
from tests.tools.bench_link.phone import HEIGHT, PIXEL_RATIO, WIDTH
from tests.tools.link import linked

STAGE_ROWS = HEIGHT - 64 - 44 - 44 - 72
"""The page's header, state line, scrubber and toolbar stand around the picture."""
SECONDS = 120.0


@dataclass(frozen=True)
class Needed:
    """Bytes of a study's first frame, manifest included, at the size that the phone shows."""

    frame: FrameKey
    manifest: Manifest
    scale: float
    """Device pixels for one pixel of the frame when it fits the screen."""
    readable: int
    fine: int
    lossless: int


async def needed_bytes(url: str, study: str, series: str) -> Needed:
    """Fetch the first frame of a series whole and add up what each goal takes."""
    screen = (WIDTH * PIXEL_RATIO, STAGE_ROWS * PIXEL_RATIO)
    viewer = ViewerClient(study, series, 1, *screen)
    async with linked(url, viewer) as link:

        def said() -> ManifestMessage | None:
            return next((e for e in link.events if isinstance(e, ManifestMessage)), None)

        await link.run(lambda: said() is not None, SECONDS)
        first = said()
        assert first is not None
        frame = first.frame
        await link.run(lambda: viewer.complete(frame), SECONDS)
    manifest = viewer.manifests[frame]
    header = len(orjson.dumps(first.to_dict()))
    sizes = {
        key: len(viewer.segment(*key))
        for tile in range(len(manifest.tiles))
        for resolution in range(manifest.resolutions_of(tile))
        for layer in range(manifest.layers_of(tile))
        if (key := SegmentKey(frame, tile, resolution, layer))
    }
    return Needed(
        frame,
        manifest,
        fitted_scale(manifest, *screen),
        header + _until(manifest, sizes, READABLE_GL, screen),
        header + _until(manifest, sizes, FINE_GL, screen),
        header + sum(sizes.values()),
    )


def _until(
    manifest: Manifest, sizes: dict[SegmentKey, int], error: float, screen: tuple[int, int]
) -> int:
    """Bytes of all tiles at the resolutions shown, to the first layer that leaves ``error``."""
    scale = fitted_scale(manifest, *screen)
    total = 0
    wanted = layers_until(manifest, error, None)
    for key, size in sizes.items():
        own = manifest.resolutions_of(key.tile)
        shown = max(1, own - discarded_resolutions(scale, manifest.resolutions))
        layers = wanted[manifest.tiles[key.tile].plane]
        total += size if key.resolution < shown and key.layer < layers else 0
    return total
