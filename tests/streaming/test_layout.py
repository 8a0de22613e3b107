"""Instances told by the one before, and manifests by another one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.errors import ManifestError, StreamingError, WireError
from streaming.manifest import Manifest
from streaming.manifest_changes import NAMED, ManifestChanges
from streaming.vocabulary import FrameKey
from streaming.wire import InstanceLayout, Patient, SeriesLayout, StudyLayout
from streaming.wire.layout import MAX_NUMBER
from tests.streaming.study import StoredStudy, stored_frame
from tests.vectors.examples import full_manifest, grey_manifest, next_manifest, scans_manifest

uids = st.one_of(
    st.text("0123456789.", min_size=1, max_size=64),
    st.integers(0, 10**6).map(lambda n: f"1.2.840.113619.2.55.3.{n}"),
)
numbers = st.one_of(st.integers(-3, 3), st.integers(-MAX_NUMBER - 1, MAX_NUMBER))
instances = st.builds(InstanceLayout, uids, st.one_of(st.just(1), st.integers(1, 9000)), numbers)


def study_of(*listed: InstanceLayout) -> StudyLayout:
    series = SeriesLayout("1.2.3.1", 1, "CT", "", "", listed)
    return StudyLayout("1.2.3", "", "", Patient(), (series,))


def text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


# instances


@settings(deadline=None)
@given(st.lists(instances, min_size=1, max_size=30))
def test_a_layout_comes_back(listed: list[InstanceLayout]) -> None:
    layout = study_of(*listed)
    written = layout.to_dict()
    assert StudyLayout.from_dict(json.loads(text(written))) == layout
    assert StudyLayout.from_dict(written).to_dict() == written


def test_an_instance_is_told_by_the_one_before() -> None:
    listed = (
        InstanceLayout("1.2.1", 1, 1),
        InstanceLayout("1.2.2", 1, 2),
        InstanceLayout("1.2.2", 1, 4),
        InstanceLayout("1.2.21", 30, 5),
        InstanceLayout("7", 1, 6),
    )
    assert study_of(*listed).to_dict()["series"][0]["instances"] == [
        [0, "1.2.1"],
        [4, "2"],
        [5, "", 4],
        [5, "1", 5, 30],
        [0, "7"],
    ]


hostile = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=70)),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.lists(st.one_of(hostile, st.lists(hostile, min_size=2, max_size=4)), max_size=5))
def test_hostile_instances_are_read_or_refused(given_instances: list[Any]) -> None:
    value = study_of(InstanceLayout("1", 1, 1)).to_dict()
    value["series"][0]["instances"] = given_instances
    try:
        layout = StudyLayout.from_dict(value)
    except WireError:
        return
    assert StudyLayout.from_dict(layout.to_dict()) == layout


@pytest.mark.parametrize(
    "given_instances",
    [
        [[1, "2"]],
        [[0, "1.2"], [4, "3"]],
        [[0, "1.2"], [-1, "3"]],
        [[0, "1.2"], [True, "3"]],
        [[0, "1.2"], [1.0, ".3"]],
        [[0, "1" * 64], [64, "1"]],
        [[0, "1.2", MAX_NUMBER], [2, "3"]],
        [[0, "1.2", 1, 1_000_000], [2, "3"]],
        [[0, "1.2", 1, 0]],
        [[0, "1.2", None]],
        [[0, "1.2", 1, 1, 1]],
        [[0]],
        [{}],
        [],
    ],
)
def test_instances_that_cannot_be(given_instances: list[Any]) -> None:
    value = study_of(InstanceLayout("1", 1, 1)).to_dict()
    value["series"][0]["instances"] = given_instances
    with pytest.raises(WireError):
        StudyLayout.from_dict(value)


def test_a_long_series_is_short_to_tell() -> None:
    root = "1.3.6.1.4.1.14519.5.2.1.7009.2403.2120393261235362650374"
    layout = study_of(*(InstanceLayout(f"{root}{n:08}", 1, n) for n in range(1, 501)))
    plain = [{"instance": f"{root}{n:08}", "frames": 1, "number": n} for n in range(1, 501)]
    told = len(text(layout.to_dict()["series"][0]["instances"]))
    assert (told, len(text(plain))) == (4618, 51893)


# manifests


def stored() -> list[Manifest]:
    """Manifests of every kind: of one stack, of other shapes and codings."""
    study = StoredStudy(4)
    shapes: list[dict[str, Any]] = [
        {"tiles": 1},
        {"planes": 2},
        {"resolutions": 5, "weight": 7},
        {"constant": frozenset({0})},
        {"errors": (4.0, 0.0)},
        {"version": 1},
    ]
    return [
        *(study.frame(key).manifest for key in study.stack),
        *(stored_frame(study.stack[0], **shape).manifest for shape in shapes),
        *(grey_manifest(), next_manifest(), scans_manifest(), full_manifest()),
    ]


manifests = st.builds(
    lambda manifest, id, frame, warnings: replace(
        manifest, id=f"{id:016}", frame=frame, warnings=warnings
    ),
    st.sampled_from(stored()),
    st.integers(0, 10**15),
    st.builds(FrameKey, st.sampled_from(["1.2", "1.2.3"]), st.integers(1, 9)),
    st.lists(st.text("ab", min_size=1, max_size=3), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(manifests, manifests, st.integers(0, 2**32 - 1))
def test_a_manifest_told_by_another_one_is_the_same(
    known: Manifest, manifest: Manifest, handle: int
) -> None:
    changes = ManifestChanges.between(handle, known, manifest)
    assert not set(NAMED) & set(changes.fields)
    received = ManifestChanges.read(handle, json.loads(text(changes.to_dict())))
    assert received == changes
    assert received.applied(known, manifest.id, manifest.frame) == manifest


def test_what_is_alike_is_not_told() -> None:
    study = StoredStudy(2)
    one, two = (study.frame(key).manifest for key in study.stack)
    assert set(ManifestChanges.between(0, one, two).fields) == {"tiles"}
    assert ManifestChanges.between(0, one, replace(one, id=two.id, frame=two.frame)).fields == {}


def test_a_field_that_is_gone_is_told_as_null() -> None:
    changes = ManifestChanges.between(0, next_manifest(), grey_manifest())
    assert changes.fields["warnings"] is None


@pytest.mark.parametrize("value", [None, [], "a", 1, *({name: "1.2"} for name in NAMED)])
def test_changes_that_cannot_be(value: object) -> None:
    with pytest.raises(ManifestError):
        ManifestChanges.read(0, value)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*grey_manifest().to_dict(), *full_manifest().to_dict(), "extra"]), hostile
    )
)
def test_hostile_changes_make_a_sound_manifest_or_none(fields: dict[str, Any]) -> None:
    known = grey_manifest()
    try:
        manifest = ManifestChanges.read(0, fields).applied(known, "0" * 16, known.frame)
    except StreamingError:
        return
    assert Manifest.from_dict(manifest.to_dict()) == manifest
