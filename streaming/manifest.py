"""The Manifest: what a viewer must know of a Frame before its first Segment.

``Manifest.to_dict`` and ``Manifest.from_dict`` are the only readers and writers of its JSON form,
which is written down field by field in README.md. All sizes are in pixels, all lengths in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from streaming.vocabulary import Coding, FrameKey, WindowLevel


@dataclass(frozen=True, slots=True)
class Reach:
    """What the window plane, shown alone, is worth through windows within a range."""

    low: int
    high: int
    """Stored values, from and to."""
    layers: tuple[float, ...]
    """RMSE of the screen in display grey levels (at the default window's width) that each layer of
    the window plane leaves, through any window that lies within the range."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One 16-bit (or narrower) coded plane. A stored sample is the sum of its planes << shift, less
    offset.

    Most frames have one plane per coded image: ``Plane(component=None, shift=0)`` codes all
    components of a pixel together (grey, or 8-bit RGB). 16-bit RGB has one plane a component;
    32-bit samples have two planes a component (shift 16, then shift 0).
    """

    component: int | None
    shift: int
    layers: tuple[float, ...]
    """RMSE in display grey levels (0..255 at the default window) left after each layer; the last is
    0."""
    alone: tuple[Reach, ...] = ()
    """Of a window plane (window_plane.py): the ranges in which it can be shown without the other
    plane, each within the next. It shows stored values as its samples plus the first range's
    ``low``; the last range serves every window."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of one plane. Either ``constant`` is its only sample value(s), or it has a
    codestream."""

    plane: int
    column: int
    row: int
    columns: int
    rows: int
    sha256: str
    """Base64 SHA-256. j2k-layers: of the coded samples, little-endian, 1 or 2 bytes each, row by
    row, components interleaved. jpeg-scans: of the bytes of the whole progressive JPEG, EOI
    included. j2k-source: of the bytes of the whole codestream, as ``assemble`` puts it together."""
    header: int | None = None
    """Index into ``Manifest.headers``; None for a constant tile and for jpeg-scans."""
    constant: tuple[int, ...] | None = None
    bytes: tuple[int, ...] = ()
    """Bytes of each layer, all resolutions together."""


@dataclass(frozen=True, slots=True)
class Header:
    """A J2K main header (SOC to the last marker before SOT, without COM, TLM, PLM) shared by
    tiles."""

    data: bytes
    packets: tuple[int, ...]
    """Packets in one segment, for each resolution: what stands in for it, as zero bytes, while
    missing."""


@dataclass(frozen=True, slots=True)
class Window:
    center: float
    width: float
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A lookup table or bit plane, fetched once from ``/tables/{id}`` (immutable, compressed)."""

    id: str
    """Lower-case hex SHA-256 of its bytes."""
    entries: int
    first: int = 0
    """The stored value (modality LUT, palette) or modality value (VOI LUT) of entry 0."""
    bits: int = 16
    """16: unsigned little-endian 16-bit entries. 8: bytes (palette: R, G, B of each entry)."""
    output_bits: int = 16
    """Significant bits of an entry's value: a VOI LUT's full white is 2**output_bits - 1."""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay plane (PS3.3 C.9.2): bits, least significant first, row by row, in a Table with
    bits=1."""

    group: int
    table: str
    rows: int
    columns: int
    row: int
    """Row of its first pixel in the frame, counted from 0 (may be negative or beyond the frame)."""
    column: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Display:
    """From stored value to screen: PS3.4 N.2 (modality, then VOI, then presentation)."""

    slope: float = 1.0
    intercept: float = 0.0
    unit: str = ""
    """"HU" where Rescale Type or the modality says so, else as given, else empty."""
    modality_lut: Table | None = None
    windows: tuple[Window, ...] = ()
    """Never empty for grey frames: the first is the default window. Where the file has none it is
    the full range of the frame's values (padding left out), with the explanation "auto"."""
    voi_function: str = "LINEAR"
    """LINEAR, LINEAR_EXACT or SIGMOID (PS3.3 C.11.2.1.3)."""
    voi_luts: tuple[Table, ...] = ()
    """Where present, the first is the default instead of windows[0]."""
    inverted: bool = False
    """MONOCHROME1, or a Presentation LUT Shape of INVERSE: the lowest value is white."""
    padding: tuple[int, int] | None = None
    """Stored values from, to (inclusive) that are padding: black, whatever the window."""
    palette: Table | None = None
    colour: str = ""
    """"" for grey and palette; "rgb" or "ybr_full" for three components."""
    pixel_aspect: tuple[float, float] = (1.0, 1.0)
    """Height, width of one pixel in any common unit (Pixel Spacing, else Pixel Aspect Ratio)."""
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the picture lies in the patient: the letters at its edges, side, and spacing."""

    edges: tuple[str, str, str, str] = ("", "", "", "")
    """Letters at the left, top, right and bottom edge, from Image Orientation (Patient) or Patient
    Orientation; empty where the file does not say."""
    laterality: str = ""
    """"L", "R", "B", "U" or empty, from Image Laterality, Laterality or Frame Laterality."""
    spacing_mm: tuple[float, float] | None = None
    """Distance between rows, between columns, in mm; None where unknown or not plausible (zero)."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the frame was before Firstlight coded it."""

    transfer_syntax: str
    bytes: int
    """Bytes of this frame's pixel data in the file."""
    lossy: bool = False
    """Lossy Image Compression (0028,2110) is 01, or the transfer syntax is lossy."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How samples that do not fit 16-bit planes were mapped: stored = coded * slope + intercept."""

    slope: float
    intercept: float
    exact: bool
    label: str
    """One sentence for the reader: what was mapped and what it loses."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Of one Frame. ``id`` names this very coding: segments of another id must not be mixed with
    it."""

    id: str
    frame: FrameKey
    coding: Coding
    rows: int
    columns: int
    samples_per_pixel: int
    bits_stored: int
    signed: bool
    offset: int
    """What was added to the stored value before coding, so that it is not negative."""
    photometric_interpretation: str
    resolutions: int
    planes: tuple[Plane, ...]
    tiles: tuple[Tile, ...]
    headers: tuple[Header, ...]
    display: Display
    geometry: Geometry
    source: Source
    mapping: Mapping | None = None
    warnings: tuple[str, ...] = field(default=())
    """Sentences for the reader, e.g. that a window was missing and one was chosen."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; absent optional fields are left out."""
        from streaming.manifest_form import write_manifest  # it needs the classes above

        return write_manifest(self)

    @classmethod
    def from_dict(cls, value: Any) -> Manifest:
        """From plain JSON values; raises ManifestError on anything that is not a sound manifest."""
        from streaming.manifest_form import read_manifest

        return read_manifest(value)

    def layers_of(self, tile: int) -> int:
        """Return how many layers ``tile`` has; 0 for a constant one."""
        return len(self.tiles[tile].bytes)

    def resolutions_of(self, tile: int) -> int:
        """Return how many resolutions ``tile`` has; 0 for a constant one, 1 for jpeg-scans.

        A small tile at the edge may have fewer than the frame: as many as its header has packets.
        """
        if self.tiles[tile].constant is not None:
            return 0
        header = self.tiles[tile].header
        return 1 if header is None else len(self.headers[header].packets)

    def tiles_per_plane(self) -> tuple[int, ...]:
        """Return how many tiles each plane has."""
        counts = [0] * len(self.planes)
        for tile in self.tiles:
            counts[tile.plane] += 1
        return tuple(counts)

    def default_width(self) -> float | None:
        """Return the width of the default window; None where the errors do not depend on a window.

        They do for grey frames that are shown through a window by default (not a VOI LUT, not
        colour).
        """
        display = self.display
        windowed = self.samples_per_pixel == 1 and display.palette is None
        if not windowed or display.voi_luts or not display.windows:
            return None
        return display.windows[0].width

    def layer_rmse(self, plane: int, layer: int, window: WindowLevel | None = None) -> float:
        """Return the RMSE in display grey levels left after ``layer`` of ``plane``.

        Stated at the default window; at another it grows as the window gets narrower.
        """
        rmse = self.planes[plane].layers[layer]
        default = self.default_width()
        if window is None or default is None:
            return rmse
        return rmse * default / window.width

    def layers_until(self, plane: int, limit: float, window: WindowLevel | None = None) -> int:
        """Return how many layers of ``plane`` it takes until the RMSE is at most ``limit`` gl."""
        return 1 + next(
            layer
            for layer in range(len(self.planes[plane].layers))
            if self.layer_rmse(plane, layer, window) <= limit
        )
