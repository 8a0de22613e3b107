"""Whether a Manifest is sound: whether what it says of its planes, tiles and headers fits
together."""

from __future__ import annotations

from streaming.errors import ManifestError
from streaming.manifest import Manifest, Tile
from streaming.vocabulary import Coding
from streaming.window_plane import check_window_plane


def check_manifest(manifest: Manifest) -> None:
    """Raise ManifestError if the manifest contradicts itself."""
    _check_planes(manifest)
    _check_display(manifest)
    check_window_plane(manifest)
    if manifest.coding is Coding.JPEG_SCANS:
        _check_scans(manifest)
    if manifest.coding is Coding.J2K_SOURCE:
        _check_source(manifest)
    for header in manifest.headers:
        if not 1 <= len(header.packets) <= manifest.resolutions:
            raise ManifestError("A header has more resolutions than the frame, or none.")
    for tile in manifest.tiles:
        _check_tile(manifest, tile)
    area = manifest.rows * manifest.columns
    areas = [0] * len(manifest.planes)
    for tile in manifest.tiles:
        areas[tile.plane] += tile.rows * tile.columns
    if any(covered != area for covered in areas):
        raise ManifestError("The tiles do not cover each plane once.")


def _check_planes(manifest: Manifest) -> None:
    if not manifest.planes:
        raise ManifestError("The manifest has no plane.")
    for plane in manifest.planes:
        if not plane.layers or plane.layers[-1] != 0:
            raise ManifestError("The last layer of a plane must leave no error.")
        if plane.component is not None and plane.component >= manifest.samples_per_pixel:
            raise ManifestError("A plane codes a component that the frame does not have.")


def _check_display(manifest: Manifest) -> None:
    display = manifest.display
    samples = 3 if display.colour else 1
    if manifest.samples_per_pixel != samples:
        raise ManifestError("The display's colour does not fit the samples per pixel.")
    if samples == 1 and display.palette is None and not display.windows:
        raise ManifestError("A grey frame must have at least one window.")


def _check_scans(manifest: Manifest) -> None:
    """A jpeg-scans frame is one tile of one resolution, without header."""
    one = len(manifest.tiles) == len(manifest.planes) == manifest.resolutions == 1
    if not one or manifest.headers:
        raise ManifestError("A jpeg-scans frame is one tile of one resolution.")
    if manifest.tiles[0].constant is not None:
        raise ManifestError("A jpeg-scans frame's tile is not constant.")


def _check_source(manifest: Manifest) -> None:
    """A j2k-source frame is the one tile that its source is."""
    if not len(manifest.tiles) == len(manifest.planes) == len(manifest.headers) == 1:
        raise ManifestError("A j2k-source frame is one tile of one plane.")
    if manifest.tiles[0].constant is not None or manifest.planes[0].shift:
        raise ManifestError("A j2k-source frame's tile is not constant, nor a part of its samples.")


def _check_tile(manifest: Manifest, tile: Tile) -> None:
    if tile.plane >= len(manifest.planes):
        raise ManifestError("A tile belongs to a plane that the frame does not have.")
    if tile.column + tile.columns > manifest.columns or tile.row + tile.rows > manifest.rows:
        raise ManifestError("A tile reaches beyond the frame.")
    plane = manifest.planes[tile.plane]
    if tile.constant is not None:
        together = 1 if plane.component is not None else manifest.samples_per_pixel
        if len(tile.constant) != together:
            raise ManifestError("A constant tile must have one value for each coded component.")
        if tile.header is not None or tile.bytes:
            raise ManifestError("A constant tile has no codestream.")
        return
    if len(tile.bytes) != len(plane.layers):
        raise ManifestError("A tile must have as many layers as its plane.")
    if (tile.header is None) is not (manifest.coding is Coding.JPEG_SCANS):
        raise ManifestError("Every J2K tile has a header, and no JPEG has one.")
    if tile.header is not None and tile.header >= len(manifest.headers):
        raise ManifestError("A tile names a header that the manifest does not have.")
