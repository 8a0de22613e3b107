"""The values that the golden vectors are written from: messages, manifests, a small study."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from streaming.codestream.index import IndexedTile, index_tile
from streaming.codestream.scans import split_scans
from streaming.holdings import HeldFrame
from streaming.manifest import (
    Display,
    Geometry,
    Header,
    Manifest,
    Mapping,
    Overlay,
    Plane,
    Reach,
    Source,
    Table,
    Tile,
    Window,
)
from streaming.manifest_changes import ManifestChanges
from streaming.viewport import Viewport
from streaming.vocabulary import Coding, FrameKey, Quality, WindowLevel
from streaming.wire import (
    Ack,
    Again,
    Change,
    Changes,
    Dropped,
    Hello,
    InstanceLayout,
    Leave,
    ManifestMessage,
    Note,
    NoteRefused,
    NoteStored,
    Open,
    Opened,
    Patient,
    Ping,
    Pong,
    Prefetch,
    Problem,
    SegmentSlice,
    SeriesLayout,
    ServerMessage,
    StoredNote,
    StudyLayout,
    StudyMessage,
    SubmitNote,
    Unavailable,
    ViewerMessage,
    ViewportChanged,
    Welcome,
)

SOURCES: Final = Path(__file__).parent / "sources"
STUDY: Final = "1.2.826.0.1.3680043.8.498.1"
SERIES: Final = "1.2.826.0.1.3680043.8.498.2"
CINE: Final = "1.2.826.0.1.3680043.8.498.3"
SLICE: Final = FrameKey("1.2.826.0.1.3680043.8.498.2.1", 1)
NEXT_SLICE: Final = FrameKey("1.2.826.0.1.3680043.8.498.2.2", 1)
CLIP: Final = FrameKey("1.2.826.0.1.3680043.8.498.3.1", 2)


def digest(data: bytes) -> str:
    """Return the base64 SHA-256, as a Tile has it."""
    return b64encode(sha256(data).digest()).decode()


def indexed(name: str) -> IndexedTile:
    """Return a source codestream of this folder, taken apart."""
    return index_tile((SOURCES / name).read_bytes())


def layer_bytes(tile: IndexedTile) -> tuple[int, ...]:
    """Return the bytes of each layer, all resolutions together."""
    return tuple(map(sum, tile.lengths))


def grey_manifest() -> Manifest:
    """Return a signed 16-bit slice of two tiles, one of them constant."""
    tile = indexed("grey16.j2k")
    return Manifest(
        id="AAECAwQFBgcICQoL",
        frame=SLICE,
        coding=Coding.J2K_LAYERS,
        rows=24,
        columns=40,
        samples_per_pixel=1,
        bits_stored=16,
        signed=True,
        offset=32768,
        photometric_interpretation="MONOCHROME2",
        resolutions=3,
        planes=(Plane(None, 0, (8.25, 2.0, 0.0)),),
        headers=(Header(tile.header, tile.packets),),
        tiles=(
            Tile(0, 0, 0, 32, 24, digest(b"grey"), header=0, bytes=layer_bytes(tile)),
            Tile(0, 32, 0, 8, 24, digest(b"flat"), constant=(32768,)),
        ),
        display=Display(
            intercept=-1024.0,
            unit="HU",
            windows=(Window(40.0, 350.0, "soft tissue"), Window(-600.5, 1500.0)),
            padding=(-2000, -2000),
        ),
        geometry=Geometry(("R", "A", "L", "P"), "", (0.625, 0.625)),
        source=Source("1.2.840.10008.1.2.1", 1920),
    )


def next_manifest() -> Manifest:
    """Return the slice next to the grey one: much alike, with other errors and another digest."""
    grey = grey_manifest()
    coded, flat = grey.tiles
    return replace(
        grey,
        id="BBECAwQFBgcICQoL",
        frame=NEXT_SLICE,
        planes=(Plane(None, 0, (7.5, 1.75, 0.0)),),
        tiles=(replace(coded, sha256=digest(b"next")), flat),
        warnings=("The padding value is not among the samples.",),
    )


def scans_manifest() -> Manifest:
    """Return an ultrasound frame that finishes from its own JPEG."""
    jpeg = (SOURCES / "rgb8.jpg").read_bytes()
    scans = split_scans(jpeg)
    return Manifest(
        id="zz-_zz-_zz-_zz-_",
        frame=CLIP,
        coding=Coding.JPEG_SCANS,
        rows=24,
        columns=32,
        samples_per_pixel=3,
        bits_stored=8,
        signed=False,
        offset=0,
        photometric_interpretation="YBR_FULL_422",
        resolutions=1,
        planes=(Plane(None, 0, (*(12.0 - layer for layer in range(len(scans) - 1)), 0.0)),),
        headers=(),
        tiles=(Tile(0, 0, 0, 32, 24, digest(jpeg), bytes=tuple(map(len, scans))),),
        display=Display(colour="rgb", pixel_aspect=(1.0, 1.25)),
        geometry=Geometry(),
        source=Source("1.2.840.10008.1.2.4.50", len(jpeg), lossy=True),
    )


def narrow_manifest() -> Manifest:
    """Return a head CT opened at a brain window: a window plane, and the difference it leaves."""
    tile = indexed("grey16.j2k")
    coded = Tile(0, 0, 0, 32, 24, digest(b"window"), header=0, bytes=layer_bytes(tile))
    reaches = (
        Reach(1024, 1104, (15.0, 7.5, 4.0)),
        Reach(1004, 1124, (20.0, 13.0, 12.5)),
        Reach(-2000, 2492, (2000.0, 1990.0, 1988.0)),
    )
    return Manifest(
        id="narrow-narrow-na",
        frame=SLICE,
        coding=Coding.J2K_LAYERS,
        rows=24,
        columns=32,
        samples_per_pixel=1,
        bits_stored=16,
        signed=True,
        offset=2010,
        photometric_interpretation="MONOCHROME2",
        resolutions=3,
        planes=(Plane(None, 0, (14.5, 6.0, 0.0), reaches), Plane(None, 0, (128.0, 2.0, 0.0))),
        headers=(Header(tile.header, tile.packets),),
        tiles=(coded, replace(coded, plane=1, sha256=digest(b"difference"))),
        display=Display(
            intercept=-1024.0,
            unit="HU",
            windows=(Window(40.0, 80.0, "brain"),),
            padding=(-2000, -2000),
        ),
        geometry=Geometry(),
        source=Source("1.2.840.10008.1.2.1", 1536),
    )


def source_manifest() -> Manifest:
    """Return a radiograph that finishes from its own JPEG 2000 codestream."""
    tile = indexed("grey16.j2k")
    return Manifest(
        id="lossy-2000-lossy",
        frame=FrameKey("1.2.826.0.1.3680043.8.498.4.1", 1),
        coding=Coding.J2K_SOURCE,
        rows=24,
        columns=32,
        samples_per_pixel=1,
        bits_stored=16,
        signed=False,
        offset=0,
        photometric_interpretation="MONOCHROME1",
        resolutions=3,
        planes=(Plane(None, 0, (6.5, 1.25, 0.0)),),
        headers=(Header(tile.header, tile.packets),),
        tiles=(Tile(0, 0, 0, 32, 24, digest(tile.whole()), header=0, bytes=layer_bytes(tile)),),
        display=Display(windows=(Window(32768.0, 65536.0),), inverted=True),
        geometry=Geometry(),
        source=Source("1.2.840.10008.1.2.4.91", 700, lossy=True),
    )


def full_manifest() -> Manifest:
    """Return a frame with every optional field: two planes, LUTs, overlay, mapping."""
    tile = indexed("grey16.j2k")
    table = "0" * 63 + "a"
    coded = Tile(0, 0, 0, 32, 24, digest(b"high"), header=0, bytes=layer_bytes(tile))
    return Manifest(
        id="0123456789abcdef",
        frame=FrameKey("1.2.3", 7),
        coding=Coding.J2K_LAYERS,
        rows=24,
        columns=32,
        samples_per_pixel=1,
        bits_stored=32,
        signed=False,
        offset=0,
        photometric_interpretation="MONOCHROME1",
        resolutions=3,
        planes=(Plane(0, 16, (4.0, 1.0, 0.0)), Plane(0, 0, (0.5, 0.25, 0.0))),
        headers=(Header(tile.header, tile.packets),),
        tiles=(
            coded,
            replace(coded, plane=1, sha256=digest(b"low")),
        ),
        display=Display(
            slope=0.5,
            intercept=-10.25,
            unit="US",
            modality_lut=Table(table, 256, first=-128, output_bits=12, explanation="to OD"),
            windows=(Window(127.5, 255.0, "auto"),),
            voi_function="SIGMOID",
            voi_luts=(Table("1" * 64, 4096, bits=16, output_bits=10),),
            inverted=True,
            padding=(0, 5),
            palette=Table("2" * 64, 256, bits=8, output_bits=8),
            pixel_aspect=(2.0, 1.0),
            overlays=(Overlay(0x6000, "3" * 64, 24, 32, 0, -1, "drawn"),),
        ),
        geometry=Geometry(("", "H", "", "F"), "L", (0.5, 0.25)),
        source=Source("1.2.840.10008.1.2", 3072, lossy=True),
        mapping=Mapping(0.125, -3.0, False, "32-bit float: mapped, the last bits are lost."),
        warnings=("The file has no window; one was chosen.", "Größe unklar: 大小"),
    )


def small_study() -> StudyLayout:
    """Return a study of one slice series and one cine."""
    return StudyLayout(
        study=STUDY,
        description="CT Thorax & <Abdomen>",
        date="2026-11-24",
        patient=Patient("Müller^Jörg", "P-1", "1960-02-29", "M"),
        series=(
            SeriesLayout(
                SERIES, 1, "CT", "axial", "CHEST", (InstanceLayout(SLICE.instance, 1, 1),)
            ),
            SeriesLayout(CINE, 2, "US", "", "", (InstanceLayout(CLIP.instance, 60, -3),)),
        ),
    )


def grown_study() -> StudyLayout:
    """Return a study whose instances come with every way of being told by the one before."""
    root = "1.2.840.113619.2.55.3"
    instances = (
        InstanceLayout(f"{root}.1", 1, 1),
        InstanceLayout(f"{root}.2", 1, 2),
        InstanceLayout(f"{root}.2.1", 1, 2),
        InstanceLayout(f"{root}.10", 1, -2147483648),
        InstanceLayout(f"{root}.11", 30, -2147483647),
        InstanceLayout(f"{root}.11", 2, 7),
        InstanceLayout("9", 1, 8),
        InstanceLayout("9.9", 1, 2147483647),
    )
    series = (
        SeriesLayout(SERIES, -1, "MR", "", "", instances),
        SeriesLayout(CINE, 0, "XA", "", "", (InstanceLayout(CLIP.instance, 1000000, 0),)),
    )
    return StudyLayout(STUDY, "", "", Patient(), series)


def viewport(generation: int = 1, position: int = 1) -> Viewport:
    """Return a viewport of the first series."""
    return Viewport(generation, SERIES, position, (0.0, 0.0, 40.0, 24.0), 0.75)


NOTE: Final = Note(
    id="3f2b8c1e-5a4d-4e6f-8a9b-0c1d2e3f4a5b",
    text='No pneumothorax.\nControl in 24 h; "stable" – 气胸 😀',
    series=SERIES,
    frame=SLICE,
    position=1,
    quality=Quality.LOSSY,
    rmse=1.5,
    written_at="2026-11-24T03:14:00.000Z",
)
UNSEEN: Final = Note(
    id="00000000-0000-4000-8000-000000000001",
    text="?",
    series=CINE,
    frame=CLIP,
    position=2,
    quality=Quality.PREVIEW,
    rmse=None,
    written_at="2024-02-29T23:59:59.999Z",
)
STORED: Final = StoredNote(NOTE, 12, "2026-11-24T03:14:01.250Z")


def viewer_messages() -> dict[str, ViewerMessage]:
    """Return messages of every type, by name."""
    moved = Viewport(
        9007199254740991,
        CINE,
        60,
        (-10.5, 0.0, 20.25, 1000.0),
        64.0,
        WindowLevel(40.0, 80.5),
        speed=-12.5,
        saver=True,
        readable=True,
        paused=True,
    )
    held = (
        HeldFrame(SLICE, "AAECAwQFBgcICQoL", ((1, 2), (2, 1), (3, 0)), ((0, 1, 1, 900),)),
        HeldFrame(CLIP, "zz-_zz-_zz-_zz-_", ((1, 3),)),
    )
    return {
        "hello of a fresh viewer": Hello((), (), 0, viewport()),
        "hello after a cut": Hello(held, ("0123456789abcdef",), 12, viewport(4)),
        "hello without viewport": Hello((), ("0123456789abcdef",), 0, None),
        "open the first series": Open(STUDY, None, 1, 360, 640, (), (), 0),
        "open a place": Open(STUDY, CINE, 60, 16384, 1, held, ("0123456789abcdef",), 12),
        "leave": Leave(),
        "prefetch": Prefetch((SLICE, CLIP), 1080, 1920, 262144),
        "prefetch of nothing": Prefetch((), 1, 1, 0),
        "viewport at the defaults": ViewportChanged(viewport(2)),
        "viewport with everything": ViewportChanged(moved),
        "ack of nothing": Ack(0),
        "ack": Ack(123456789),
        "dropped": Dropped((SLICE, CLIP)),
        "again after a digest": Again(SLICE, 0, "digest"),
        "again after a decode": Again(CLIP, 4095, "decode"),
        "note": SubmitNote(NOTE),
        "note on a preview": SubmitNote(UNSEEN),
        "ping": Ping(-1),
    }


def server_messages() -> dict[str, ServerMessage]:
    """Return messages of every type, by name."""
    grey, like = grey_manifest(), next_manifest()
    return {
        "welcome": Welcome(2),
        "opened": Opened(STUDY, 12),
        "opened with no change yet": Opened("1.2", 0),
        "study": StudyMessage(small_study()),
        "study of many frames and unusual numbers": StudyMessage(grown_study()),
        "study with nothing in it": StudyMessage(StudyLayout("1.2", "", "", Patient(), ())),
        "manifest": ManifestMessage(0, SLICE, grey.id, grey),
        "manifest that the viewer has": ManifestMessage(4294967295, SLICE, grey.id, None),
        "manifest told by changes": ManifestMessage(
            1, NEXT_SLICE, like.id, ManifestChanges.between(0, grey, like)
        ),
        "manifest told by fields that are not there": ManifestMessage(
            2, SLICE, grey.id, ManifestChanges.between(1, like, grey)
        ),
        "manifest that is the same": ManifestMessage(
            3, NEXT_SLICE, like.id, ManifestChanges(4294967295, {})
        ),
        "unavailable": Unavailable(CLIP, "undecodable", "The pixel data are cut off.", False),
        "changes": Changes(
            (
                Change(12, "note", STORED.stored_at, STORED),
                Change(13, "study", "2026-11-24T03:15:00.000Z"),
            ),
            13,
        ),
        "no changes": Changes((), 0),
        "note stored": NoteStored(NOTE.id, 12, STORED.stored_at),
        "note refused": NoteRefused(NOTE.id, "no_such_frame", "The study has no such frame."),
        "pong": Pong(-1),
        "problem": Problem("no_such_series", "This study has no such series.", True),
    }


def batches() -> dict[str, tuple[SegmentSlice, ...]]:
    """Return binary messages, by name."""
    return {
        "one byte": (SegmentSlice(0, 0, 0, 0, 1, 0, b"\x00"),),
        "two slices, two frames": (
            SegmentSlice(1, 0, 0, 0, 5, 0, b"hello"),
            SegmentSlice(2, 127, 1, 5, 300, 128, bytes(range(130))),
        ),
        "every limit": (SegmentSlice(4294967295, 4095, 15, 15, 67108864, 67108864 - 3, b"end"),),
        "the longest slice": (SegmentSlice(300, 128, 7, 3, 16384, 0, bytes(16384)),),
    }
