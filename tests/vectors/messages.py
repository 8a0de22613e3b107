"""Vectors of everything that is JSON or bytes on the wire."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict, replace
from typing import Any

from streaming.holdings import runs_of, write_runs
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.vocabulary import WindowLevel
from streaming.window_plane import has_window_plane, shown
from streaming.wire import Opening, encode_slices
from tests.vectors import examples


def text_of(value: Any) -> str:
    """Return the exact text of a message: no white space, UTF-8 as it is, the keys in order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def but(value: Any, path: str, new: Any) -> Any:
    """Return a copy of ``value`` with what stands at ``path`` (a.0.b) replaced; ... takes it
    out."""
    changed = copy.deepcopy(value)
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place = changed
    for step in way:
        place = place[step]
    if new is ...:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(new)
    else:
        place[last] = new
    return changed


def _listed(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value, "text": text_of(value)} for name, value in values.items()
    ]


def _refused(value: Any, changes: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    refused = []
    for path, new in changes:
        way = "without" if new is ... else "with another"
        refused.append({"name": f"{way} {path}", "value": but(value, path, new)})
    return refused


def viewer() -> dict[str, Any]:
    """Messages from the viewer."""
    values = {name: m.to_dict() for name, m in examples.viewer_messages().items()}
    look = values["viewport with everything"]
    hello = values["hello after a cut"]
    opened = values["open a place"]
    note = values["note"]
    return {
        "messages": _listed(values),
        "refused": [
            {"name": "no object", "value": []},
            {"name": "no type", "value": {}},
            {"name": "an unknown type", "value": {"type": "hullo"}},
            *_refused(
                look,
                [
                    ("extra", 1),
                    ("generation", 0),
                    ("generation", 9007199254740992),
                    ("generation", 1.5),
                    ("generation", True),
                    ("generation", ...),
                    ("series", "1.2.x"),
                    ("series", ""),
                    ("position", 100001),
                    ("region", [0, 0, 0, 10]),
                    ("region", [0, 0, 10]),
                    ("region", [0, 0, 1000001, 10]),
                    ("scale", 0),
                    ("scale", 64.5),
                    ("window", {"center": 1, "width": 0}),
                    ("window", {"center": 1}),
                    ("direction", 1),
                    ("speed", 1000.5),
                    ("speed", -1001),
                    ("speed", None),
                    ("speed", ...),
                    ("saver", 1),
                    ("readable", "true"),
                    ("readable", ...),
                    ("paused", 0),
                    ("paused", ...),
                ],
            ),
            *_refused(
                hello,
                [
                    ("after", -1),
                    ("manifests", ["short"]),
                    ("holdings.0.held", ""),
                    ("holdings.0.held", "0:1"),
                    ("holdings.0.held", "01:1"),
                    ("holdings.0.held", "1:17"),
                    ("holdings.0.held", "65537:1"),
                    ("holdings.0.held", "1:1,"),
                    ("holdings.0.partial", [[0, 0, 0]]),
                    ("holdings.0.partial", [[0, 16, 0, 1]]),
                    ("holdings.0.manifest", None),
                    ("viewport", []),
                    ("viewport", ...),
                    ("viewport.type", "viewport"),
                ],
            ),
            *_refused(
                opened,
                [
                    ("study", "1.2.x"),
                    ("study", None),
                    ("study", ...),
                    ("series", ""),
                    ("series", ...),
                    ("position", 0),
                    ("position", 100001),
                    ("width", 0),
                    ("width", 16385),
                    ("height", 0),
                    ("height", 1.5),
                    ("holdings", None),
                    ("holdings.0.held", "0:1"),
                    ("manifests", ["short"]),
                    ("manifests", ...),
                    ("after", -1),
                    ("after", ...),
                    ("layout", 0),
                ],
            ),
            *_refused(values["leave"], [("study", examples.STUDY)]),
            *_refused(
                values["prefetch"],
                [
                    ("frames", [{"instance": "1.2", "frame": 1}] * 65),
                    ("frames", None),
                    ("frames.0.frame", 0),
                    ("frames.0.instance", "a"),
                    ("frames.0.extra", 1),
                    ("width", 0),
                    ("height", 16385),
                    ("bytes", -1),
                    ("bytes", 67108865),
                    ("bytes", 0.5),
                    ("bytes", ...),
                    ("extra", 1),
                ],
            ),
            *_refused(
                note,
                [
                    ("id", note["id"].upper()),
                    ("id", "3f2b8c1e-5a4d-1e6f-8a9b-0c1d2e3f4a5b"),
                    ("text", " \n\t"),
                    ("text", "a" * 4001),
                    ("frame", 0),
                    ("quality", "good"),
                    ("rmse", None),
                    ("rmse", -1),
                    ("written_at", "2026-02-30T03:14:00.000Z"),
                    ("written_at", "2026-11-24T03:14:00Z"),
                ],
            ),
            *_refused(values["ack"], [("received", -1), ("received", "1")]),
            *_refused(values["dropped"], [("frames.0.extra", 1), ("frames", {})]),
            *_refused(values["again after a digest"], [("tile", 4096), ("reason", "why")]),
        ],
    }


def server() -> dict[str, Any]:
    """Messages from the server."""
    values = {name: m.to_dict() for name, m in examples.server_messages().items()}
    changes = values["changes"]
    return {
        "messages": _listed(values),
        "refused": [
            {"name": "an unknown type", "value": {"type": "hello"}},
            *_refused(values["welcome"], [("version", 1), ("version", ...), ("latest", 0)]),
            *_refused(
                values["opened"],
                [("study", "a"), ("study", ...), ("latest", -1), ("latest", ...), ("extra", 1)],
            ),
            *_refused(values["study"], [("study.date", "24.11.2026"), ("study.series.0.extra", 1)]),
            *_refused(
                values["study"],
                [
                    (f"study.series.0.instances{path}", new)
                    for path, new in (
                        ("", []),
                        ("", [{"instance": "1.2", "frames": 1, "number": 1}]),
                        (".0", []),
                        (".0", [0]),
                        (".0", [0, ""]),
                        (".0", [1, ".2"]),
                        (".0", [-1, "1.2"]),
                        (".0", [0, "1.2.x"]),
                        (".0", [0, "1" * 65]),
                        (".0", [0, 12]),
                        (".0", [0, "1.2", 1.5]),
                        (".0", [0, "1.2", 2147483648]),
                        (".0", [0, "1.2", -2147483649]),
                        (".0", [0, "1.2", 1, 0]),
                        (".0", [0, "1.2", 1, 1000001]),
                        (".0", [0, "1.2", 1, 1, 1]),
                        (".0", [0, "1.2", None, 1]),
                        ("", [[0, "1.2"], [4, "3"]]),
                        ("", [[0, "1" * 64], [64, "1"]]),
                        ("", [[0, "1.2", 2147483647], [2, "3"]]),
                        ("", [[0, "1.2", 1, 1000000], [3, "3"]]),
                    )
                ],
            ),
            *_refused(
                values["manifest"],
                [("id", "0" * 16), ("handle", 4294967296), ("manifest", {}), ("manifest", ...)],
            ),
            *_refused(
                values["manifest told by changes"],
                [
                    ("like", -1),
                    ("like", 4294967296),
                    ("like", None),
                    ("like", ...),
                    ("manifest", None),
                    ("manifest", []),
                    ("manifest.id", "BBECAwQFBgcICQoL"),
                    ("manifest.instance", "1.2"),
                    ("manifest.frame", 1),
                ],
            ),
            *_refused(changes, [("changes.1.sequence", 12), ("changes.0.note", None)]),
            *_refused(changes, [("changes.0.kind", "case")]),
            *_refused(values["unavailable"], [("may_retry", None), ("code", "Bad Code")]),
        ],
    }


def segments() -> dict[str, Any]:
    """Binary messages."""
    batches = examples.batches()
    return {
        "batches": [
            {
                "name": name,
                "slices": [
                    {
                        "handle": piece.handle,
                        "tile": piece.tile,
                        "layer": piece.layer,
                        "resolution": piece.resolution,
                        "total": piece.total,
                        "offset": piece.offset,
                        "data": piece.data.hex(),
                    }
                    for piece in slices
                ],
                "hex": encode_slices(slices).hex(),
            }
            for name, slices in batches.items()
        ],
        "refused": [
            {"name": "nothing", "hex": ""},
            {"name": "an unknown kind", "hex": "02"},
            {"name": "no slice", "hex": "01"},
            {"name": "cut off in the handle", "hex": "0180"},
            {"name": "cut off behind the tile", "hex": "010000"},
            {"name": "cut off in the bytes", "hex": "01000000050005aabb"},
            {"name": "no bytes", "hex": "01000000050000"},
            {"name": "total of 0", "hex": "01000000000001aa"},
            {"name": "beyond its segment", "hex": "01000000010101aa"},
            {"name": "tile 4096", "hex": "010080200001 0001aa".replace(" ", "")},
            {"name": "total above 64 MiB", "hex": "0100000081808020 0001aa".replace(" ", "")},
            {"name": "a number of 6 bytes", "hex": "01808080808000000001 0001aa".replace(" ", "")},
            {"name": "a number above 32 bits", "hex": "01ffffffff7f0000010001aa"},
            {
                "name": "a number not in its shortest form",
                "hex": "018000000001 0001aa".replace(" ", ""),
            },
        ],
    }


def manifests() -> dict[str, Any]:
    """Manifests, and the errors they state at other windows."""
    grey = examples.grey_manifest()
    values = {
        "signed grey, one constant tile": grey,
        "jpeg-scans": examples.scans_manifest(),
        "every optional field": examples.full_manifest(),
        "j2k-source": examples.source_manifest(),
        "window plane": examples.narrow_manifest(),
    }
    plain = grey.to_dict()
    narrow = examples.narrow_manifest().to_dict()
    known, like = grey, examples.next_manifest()
    return {
        "manifests": [
            {
                **listed,
                "errors": [_errors(values[listed["name"]], width) for width in (None, 350.0, 87.5)],
                "tiles_per_plane": list(values[listed["name"]].tiles_per_plane()),
                "shown": _shown(values[listed["name"]]),
            }
            for listed in _listed({name: value.to_dict() for name, value in values.items()})
        ],
        "refused": _refused(
            plain,
            [
                ("version", 2),
                ("id", "short"),
                ("coding", "j2k"),
                ("rows", 0),
                ("rows", 25),
                ("samples_per_pixel", 3),
                ("bits_stored", 65),
                ("signed", 0),
                ("resolutions", 2),
                ("planes", []),
                ("planes.0.layers", [8.25, 2]),
                ("planes.0.layers", [8.25, 2, 1]),
                ("planes.0.component", 1),
                ("headers.0.data", "not base64!"),
                ("headers.0.packets", []),
                ("tiles.0.header", 1),
                ("tiles.0.header", ...),
                ("tiles.0.bytes", [1, 2]),
                ("tiles.0.sha256", "AAAA"),
                ("tiles.0.columns", 33),
                ("tiles.0.plane", 1),
                ("tiles.1.constant", [1, 2]),
                ("tiles.1.constant", ...),
                ("tiles.1.header", 0),
                ("tiles", []),
                ("display.windows", []),
                ("display.windows.0.width", 0),
                ("display.voi_function", "linear"),
                ("display.padding", [2, 1]),
                ("display.pixel_aspect", [0, 1]),
                ("display.colour", "rgb"),
                ("geometry.edges", ["R", "A"]),
                ("geometry.laterality", "X"),
                ("geometry.spacing_mm", [0, 1]),
                ("source.bytes", -1),
                ("mapping", None),
                ("warnings", [1]),
                ("extra", 1),
            ],
        )
        + _refused(
            narrow,
            [
                ("planes.0.shift", 16),
                ("planes.0.component", 0),
                ("planes.0.alone.0.low", 1104),
                ("planes.0.alone.0.low", 1024.5),
                ("planes.0.alone.0.layers", [15, 4]),
                ("planes.0.alone.0.layers", [15, 7.5, -4]),
                ("planes.0.alone.1.low", 1025),
                ("planes.0.alone.1.high", 1103),
                ("planes.0.alone", narrow["planes"][0]["alone"] * 3),
                ("planes.1.alone", narrow["planes"][0]["alone"]),
                ("planes.1.component", 0),
                ("display.slope", -1),
                ("display.voi_function", "SIGMOID"),
                ("display.inverted", True),
                ("display.voi_luts", [{"id": "1" * 64, "entries": 4096}]),
                ("display.modality_lut", {"id": "1" * 64, "entries": 4096}),
                ("mapping", {"slope": 1, "intercept": 0, "exact": True, "label": "x"}),
            ],
        ),
        "changes": [
            _changes("a slice by its neighbour", known, like),
            _changes("and back: a field that is not there", like, known),
            _changes("nothing differs", known, replace(known, id=like.id, frame=like.frame)),
            _changes("another coding", examples.scans_manifest(), examples.full_manifest()),
        ],
        "changes_refused": [
            {"name": f"{name} that is {new!r}", "known": text_of(plain), "changes": {name: new}}
            for name, new in (
                ("rows", 0),
                ("rows", None),
                ("tiles", []),
                ("planes", [{"shift": 0, "layers": [1]}]),
                ("coding", "j2k"),
                ("extra", 1),
            )
        ],
    }


def _changes(name: str, known: Manifest, manifest: Manifest) -> dict[str, Any]:
    changes = ManifestChanges.between(0, known, manifest).to_dict()
    return {
        "name": name,
        "known": text_of(known.to_dict()),
        "changes": text_of(changes),
        "manifest": text_of(manifest.to_dict()),
    }


def _shown(manifest: Manifest) -> list[dict[str, Any]]:
    """How many planes make the better picture, and its error, for layers held and windows."""
    if not has_window_plane(manifest):
        return []
    windows = [None, (40.0, 80.0), (30.0, 60.0), (50.0, 100.0), (40.0, 160.0), (400.0, 2000.0)]
    return [
        {
            "layers": list(layers),
            "window": None if window is None else list(window),
            **shown(manifest, layers, None if window is None else WindowLevel(*window))._asdict(),
        }
        for window in windows
        for layers in ((1, 0), (3, 0), (3, 1), (1, 2), (3, 2), (3, 3))
    ]


def _errors(manifest: Manifest, width: float | None) -> dict[str, Any]:
    window = None if width is None else WindowLevel(0.0, width)
    return {
        "window_width": width,
        "rmse": [
            [manifest.layer_rmse(plane, layer, window) for layer in range(len(coded.layers))]
            for plane, coded in enumerate(manifest.planes)
        ],
        "layers_until_4": [
            manifest.layers_until(plane, 4.0, window) for plane in range(len(manifest.planes))
        ],
    }


def holdings() -> dict[str, Any]:
    """Run-length texts of the layers held."""
    cells = ([0], [3, 3, 3], [2] * 6 + [0] * 12, [0, 1, 0, 16], [5] * 65536)
    frame = examples.viewer_messages()["hello after a cut"].to_dict()["holdings"][0]
    return {
        "texts": [
            {"runs": [list(run) for run in runs_of(layers)], "text": write_runs(runs_of(layers))}
            for layers in cells
        ],
        "refused": [
            "",
            "0:1",
            "01:1",
            "1:01",
            "1:17",
            "+1:1",
            "1:1,",
            "1;1",
            "1:1 ",
            "65536:1,1:1",
        ],
        "frames": [
            {"name": "of two tiles and three resolutions", "tiles": 2, "resolutions": 3, **frame}
        ],
    }


def openings() -> dict[str, Any]:
    """Query parameters of the opening request."""
    full = {
        "v": "2",
        "fresh": "1",
        "study": examples.STUDY,
        "series": examples.SERIES,
        "position": "60",
        "width": "1080",
        "height": "1920",
        "have": "AAECAwQFBgcICQoL",
        "layout": "12",
    }
    others = [
        {"v": "2", "fresh": "0"},
        {"v": "2", "fresh": "1", "study": "1.2", "layout": "0"},
        {"v": "2", "fresh": "0", "study": "1.2", "layout": "9007199254740991"},
        {"v": "2", "fresh": "1", "unknown": "is left to the endpoint"},
    ]
    wrong = [
        ("v", "1", 4001),
        ("v", "3", 4001),
        ("fresh", "2", 4000),
        ("study", "1.2.x", 4000),
        ("study", "", 4000),
        ("position", "0", 4000),
        ("position", "1.5", 4000),
        ("series", "a", 4000),
        ("width", "16385", 4000),
        ("height", "-1", 4000),
        ("have", "?", 4000),
        ("layout", "-1", 4000),
        ("layout", "01", 4000),
        ("layout", "1.5", 4000),
        ("layout", "", 4000),
        ("layout", "9007199254740992", 4000),
        ("layout", "10000000000000000", 4000),
    ]
    return {
        "openings": [_opening(query) for query in (full, *others)],
        "refused": [{"query": {**full, name: value}, "code": code} for name, value, code in wrong]
        + [{"query": {"fresh": "1"}, "code": 4001}, {"query": {"v": "2"}, "code": 4000}],
    }


def _opening(query: dict[str, str]) -> dict[str, Any]:
    opening = Opening.from_query(query)
    return {"query": query, **asdict(opening), "written": opening.to_query()}
