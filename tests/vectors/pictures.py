"""Vectors of viewports: what a scale discards, what a region touches, what fits a screen."""

from __future__ import annotations

from typing import Any

from streaming.manifest import Tile
from streaming.viewport import discarded_resolutions, fitted_viewport, visible_tiles
from streaming.wire.looking import write_viewport
from tests.vectors import examples


def viewports() -> dict[str, Any]:
    """Cases of each function in viewport.py."""
    scales = (64.0, 1.0, 0.999, 0.75, 0.5, 0.499, 0.25, 0.2, 0.125, 0.015625, 0.001)
    tiles = [Tile(0, c, r, 100, 80, "") for r in (0, 80, 160) for c in (0, 100, 200)]
    regions = [(0.0, 0.0, 300.0, 240.0), (100.0, 80.0, 200.0, 160.0), (99.5, -5.0, 100.5, 10.0)]
    regions += [(-50.0, -50.0, 0.0, 0.0), (250.0, 200.0, 900.0, 900.0)]
    frames = {"slice": examples.grey_manifest(), "clip": examples.scans_manifest()}
    return {
        "discarded": [
            {"scale": s, "resolutions": n, "discarded": discarded_resolutions(s, n)}
            for s in scales
            for n in (1, 3, 6)
        ],
        "tiles": [[tile.column, tile.row, tile.columns, tile.rows] for tile in tiles],
        "visible": [
            {"region": list(region), "tiles": list(visible_tiles(tiles, region))}
            for region in regions
        ],
        "fitted": [
            {
                "manifest": name,
                "rows": manifest.rows,
                "columns": manifest.columns,
                "pixel_aspect": list(manifest.display.pixel_aspect),
                "width": width,
                "height": height,
                "viewport": write_viewport(
                    fitted_viewport(manifest, examples.SERIES, 1, width, height)
                ),
            }
            for name, manifest in frames.items()
            for width, height in ((360, 640), (16, 16), (16384, 16384))
        ],
    }
