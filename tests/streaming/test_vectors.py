"""The golden vectors are current, and are read and written byte for byte."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from streaming.codestream.assemble import assemble
from streaming.codestream.index import index_tile
from streaming.codestream.scans import join_scans, split_scans
from streaming.errors import StreamingError
from streaming.holdings import FrameHoldings, read_runs, write_runs
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.wire import (
    Opening,
    decode_server_message,
    decode_slices,
    decode_viewer_message,
    encode_slices,
)
from streaming.wire.looking import read_held, write_held
from tests.vectors.messages import text_of
from tests.vectors.write import FOLDER, vectors, written


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


VIEWER = load("viewer_messages.json")
SERVER = load("server_messages.json")
MANIFESTS = load("manifests.json")
SEGMENTS = load("segments.json")
OPENINGS = load("openings.json")


def named(items: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("item", items, ids=[item["name"] for item in items])


@pytest.mark.parametrize("name", list(vectors()))
def test_files_are_current(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == written(vectors()[name]), (
        "run python -m tests.vectors.write"
    )


@named(VIEWER["messages"])
def test_viewer_messages_come_back_byte_for_byte(item: dict[str, Any]) -> None:
    message = decode_viewer_message(json.loads(item["text"]))
    assert text_of(message.to_dict()) == item["text"]


@named(SERVER["messages"])
def test_server_messages_come_back_byte_for_byte(item: dict[str, Any]) -> None:
    message = decode_server_message(json.loads(item["text"]))
    assert text_of(message.to_dict()) == item["text"]


@named(MANIFESTS["manifests"])
def test_manifests_come_back_byte_for_byte(item: dict[str, Any]) -> None:
    assert text_of(Manifest.from_dict(json.loads(item["text"])).to_dict()) == item["text"]


@named(VIEWER["refused"])
def test_viewer_messages_refused(item: dict[str, Any]) -> None:
    with pytest.raises(StreamingError):
        decode_viewer_message(item["value"])


@named(SERVER["refused"])
def test_server_messages_refused(item: dict[str, Any]) -> None:
    with pytest.raises(StreamingError):
        decode_server_message(item["value"])


@named(MANIFESTS["refused"])
def test_manifests_refused(item: dict[str, Any]) -> None:
    with pytest.raises(StreamingError):
        Manifest.from_dict(item["value"])


@named(MANIFESTS["changes"])
def test_manifests_told_by_another_one(item: dict[str, Any]) -> None:
    known, manifest = (Manifest.from_dict(json.loads(item[n])) for n in ("known", "manifest"))
    changes = ManifestChanges.read(0, json.loads(item["changes"]))
    assert text_of(ManifestChanges.between(0, known, manifest).to_dict()) == item["changes"]
    applied = changes.applied(known, manifest.id, manifest.frame)
    assert text_of(applied.to_dict()) == item["manifest"]


@named(MANIFESTS["changes_refused"])
def test_changes_refused(item: dict[str, Any]) -> None:
    known = Manifest.from_dict(json.loads(item["known"]))
    with pytest.raises(StreamingError):
        ManifestChanges.read(0, item["changes"]).applied(known, known.id, known.frame)


@named(SEGMENTS["batches"])
def test_batches_come_back_byte_for_byte(item: dict[str, Any]) -> None:
    slices = decode_slices(bytes.fromhex(item["hex"]))
    assert [piece.data.hex() for piece in slices] == [piece["data"] for piece in item["slices"]]
    assert [piece.offset for piece in slices] == [piece["offset"] for piece in item["slices"]]
    assert encode_slices(slices).hex() == item["hex"]


@named(SEGMENTS["refused"])
def test_batches_refused(item: dict[str, Any]) -> None:
    with pytest.raises(StreamingError):
        decode_slices(bytes.fromhex(item["hex"]))


def test_holdings() -> None:
    vector = load("holdings.json")
    for case in vector["texts"]:
        runs = read_runs(case["text"])
        assert [list(run) for run in runs] == case["runs"]
        assert write_runs(runs) == case["text"]
    for text in vector["refused"]:
        with pytest.raises(StreamingError):
            read_runs(text)
    for case in vector["frames"]:
        stated = {k: v for k, v in case.items() if k not in ("name", "tiles", "resolutions")}
        held = read_held(stated)
        frame = FrameHoldings.from_held(held, case["tiles"], case["resolutions"])
        assert write_held(frame.to_held(held.frame)) == stated


def test_openings() -> None:
    for case in OPENINGS["openings"]:
        opening = Opening.from_query(case["query"])
        assert opening.to_query() == case["written"]
        read = {name: value for name, value in case.items() if name not in ("query", "written")}
        assert asdict(opening) == read
    for case in OPENINGS["refused"]:
        with pytest.raises(StreamingError) as raised:
            Opening.from_query(case["query"])
        assert raised.value.close_code == case["code"]


def test_assembled_codestreams() -> None:
    vector = load("assemble.json")
    for case in vector["codestreams"]:
        tile = index_tile(bytes.fromhex(case["source"]))
        assert tile.header.hex() == case["header"]
        assert [list(layer) for layer in tile.lengths] == case["lengths"]
        segments = {
            (segment["resolution"], segment["layer"]): bytes.fromhex(segment["data"])
            for segment in case["segments"]
        }
        for prefix in case["assembled"]:
            layers_held = prefix["layers_held"]
            held = {key: data for key, data in segments.items() if key[1] < layers_held[key[0]]}
            codestream = assemble(tile.header, case["packets"], case["layers"], held)
            assert codestream.hex() == prefix["hex"]
        for wrong in vector["refused"]:
            with pytest.raises(StreamingError):
                assemble(tile.header, [1, 1, 1], 3, {tuple(key): b"1" for key in wrong["held"]})


def test_scans() -> None:
    vector = load("scans.json")
    parts = split_scans(bytes.fromhex(vector["jpeg"]))
    assert [part.hex() for part in parts] == vector["scans"]
    for joined in vector["joined"]:
        assert join_scans(parts[: joined["scans_held"]]).hex() == joined["hex"]
