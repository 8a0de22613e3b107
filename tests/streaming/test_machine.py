"""Session and client over a simulated link, driven at random: what must hold whatever happens.

The link itself checks every message: never more in flight than credit, layers in rising order,
slices without gaps, no byte of a segment twice (see link.py).
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streaming.client import ViewerClient
from streaming.session import SessionLimits
from streaming.viewport import visible_tiles
from streaming.vocabulary import FrameKey, WindowLevel
from streaming.wire import ManifestMessage, Unavailable, decode_slices
from tests.streaming.link import Link
from tests.streaming.study import SERIES, STUDY, StoredStudy

FRAMES = 6
ELSEWHERE = "1.2.4"
REGIONS = [(0.0, 0.0, 128.0, 64.0), (0.0, 0.0, 60.0, 60.0), (70.0, 10.0, 100.0, 50.0)]


class Sending(RuleBasedStateMachine):
    """One viewer that looks about in two studies while its link comes and goes."""

    @initialize(
        weight=st.sampled_from([5, 40, 900]),
        rate=st.sampled_from([4_000.0, 35_000.0, 1_000_000.0]),
        delay=st.sampled_from([0.02, 0.3]),
        making=st.sampled_from([0.0, 0.5]),
        opening=st.sampled_from([0.0, 0.7]),
        floor=st.sampled_from([2048, 4096]),
        constant=st.sampled_from([frozenset(), frozenset({1})]),
        begun=st.booleans(),
    )
    def begin(
        self,
        weight: int,
        rate: float,
        delay: float,
        making: float,
        opening: float,
        floor: int,
        constant: frozenset[int],
        begun: bool,
    ) -> None:
        self.studies = [
            StoredStudy(FRAMES, weight=weight, constant=constant),
            StoredStudy(FRAMES, weight=weight, constant=constant, uid=ELSEWHERE),
        ]
        self.frames = [frame for study in self.studies for frame in study.stack]
        if begun:
            self.client = ViewerClient(STUDY, SERIES, width=128, height=64)
        else:
            self.client = ViewerClient(None, width=128, height=64)
        self.link = Link(
            *(self.studies[0], self.client, self.studies[1]),
            rate=rate,
            delay=delay,
            making=making,
            opening=opening,
            limits=SessionLimits(floor=floor),
        )
        self.link.connect()

    @rule(seconds=st.floats(0.01, 3.0))
    def time_passes(self, seconds: float) -> None:
        self.link.run(seconds)

    @rule(
        study=st.sampled_from([STUDY, ELSEWHERE]),
        named=st.booleans(),
        position=st.integers(1, FRAMES),
    )
    def open(self, study: str, named: bool, position: int) -> None:
        self.client.open(study, f"{study}.1" if named else None, position)
        self.link.pump()

    @rule()
    def leave(self) -> None:
        self.client.leave()
        self.link.pump()

    @rule(
        places=st.lists(st.integers(0, 2 * FRAMES - 1), unique=True, max_size=5),
        most=st.sampled_from([0, 3_000, 100_000]),
    )
    def prefetch(self, places: list[int], most: int) -> None:
        self.client.prefetch([self.frames[place] for place in places], most)
        self.link.pump()

    @precondition(lambda self: self.client.viewport is not None)
    @rule(
        position=st.integers(1, FRAMES),
        region=st.sampled_from(REGIONS),
        scale=st.sampled_from([0.2, 0.5, 1.0, 3.0]),
        width=st.sampled_from([None, 50.0, 400.0]),
        speed=st.sampled_from([-20.0, -1.0, 0.0, 2.0, 30.0]),
        saver=st.booleans(),
        readable=st.booleans(),
        paused=st.booleans(),
    )
    def look_elsewhere(
        self,
        position: int,
        region: tuple[float, float, float, float],
        scale: float,
        width: float | None,
        **more: Any,
    ) -> None:
        window = None if width is None else WindowLevel(0.0, width)
        self.client.look_at(self._series(), position, region, scale, window, **more)
        self.link.pump()

    @rule()
    def cut(self) -> None:
        self.link.cut()

    @precondition(lambda self: self.link.session is None)
    @rule()
    def connect_again(self) -> None:
        self.link.connect()

    @precondition(lambda self: self.link.session is not None)
    @rule(place=st.integers(0, 2 * FRAMES - 1))
    def drop(self, place: int) -> None:
        self._settle()
        frame = self.frames[place]
        self.client.drop(frame)
        self.link.taken_back(frame)
        self.link.pump()
        self._settle()

    @precondition(lambda self: self.link.session is not None)
    @rule(place=st.integers(0, 2 * FRAMES - 1))
    def refuse(self, place: int) -> None:
        self._settle()
        frame = self.frames[place]
        self.client.refuse(frame, 0, "digest")
        self.link.taken_back(frame, 0)
        self.link.pump()
        self._settle()

    @invariant()
    def no_byte_comes_twice(self) -> None:
        assert self.client.wasted_bytes == 0

    @invariant()
    def what_is_held_is_true(self) -> None:
        for frame in self.client.holdings:
            held = self.client.holdings.get(frame)
            assert held is not None
            study = self.link.stored(frame)
            for tile in range(held.tiles):
                if tile in study.constant:
                    continue
                for resolution in range(held.resolutions):
                    for layer in range(held.layers(tile, resolution)):
                        segment = study.segment(frame, tile, layer, resolution)
                        assert self.client.segment(frame, tile, resolution, layer) == segment

    def _settle(self) -> None:
        """Let the link come to rest, so that nothing is under way."""
        self.link.run()

    def teardown(self) -> None:
        """Whatever happened: if the link lasts, everything looked at is delivered."""
        if not hasattr(self, "link"):
            return
        if self.link.session is None:
            self.link.connect()
        self.link.run()
        viewport = self.client.viewport
        if viewport is None:
            return
        self.client.look_at(viewport.series, viewport.position)
        self.link.pump()
        self.link.run()
        frame = FrameKey(f"{viewport.series}.{viewport.position}", 1)
        assert self.client.complete(frame) or self._given_up()
        self.no_byte_comes_twice()

    def _series(self) -> str:
        assert self.client.viewport is not None
        return self.client.viewport.series

    def _given_up(self) -> bool:
        """A tile refused four times on one connection is not sent again."""
        return any(isinstance(message, Unavailable) for _, message in self.link.sent)


TestSending = Sending.TestCase
TestSending.settings = settings(
    max_examples=60,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def held_after(cuts: list[float], **link: Any) -> list[str]:
    """Return the holdings at the end, the link being cut at these times."""
    study = StoredStudy(FRAMES, weight=200)
    client = ViewerClient(STUDY, SERIES, width=128, height=64)
    connection = Link(study, client, **link)
    connection.connect()
    for seconds in cuts:
        connection.run(seconds)
        connection.connect()
    connection.run()
    assert client.wasted_bytes == 0
    return sorted(map(repr, client.holdings.statement()))


def test_any_cut_and_resume_ends_in_the_same_holdings() -> None:
    whole = held_after([])
    for cuts in ([0.31], [0.7, 0.4], [1.0] * 5, [0.01] * 9, [2.5, 0.65, 0.7]):
        assert held_after(cuts) == whole
        assert held_after(cuts, making=0.2) == whole


def test_the_first_slice_of_a_new_viewport_waits_for_one_batch_at_most() -> None:
    study = StoredStudy(FRAMES, weight=3000)
    client = ViewerClient(STUDY, SERIES, width=128, height=64)
    link = Link(study, client)
    link.connect()
    for position in (4, 1, 6, 2):
        link.run(4.0)
        already = len(link.sent)
        looked = client.look_at(SERIES, position)
        link.pump()
        link.run(2 * link.delay + 0.3)
        assert client.viewport == looked
        frame = study.stack[position - 1]
        handled = {
            message.handle: message.frame
            for _, message in link.sent
            if isinstance(message, ManifestMessage)
        }
        received_at = link.received_at[looked.generation]
        after = [
            message
            for at, message in link.sent[already:]
            if at >= received_at and isinstance(message, bytes)
        ]
        frames = [handled[piece.handle] for piece in decode_slices(after[0])]
        assert frame in frames
        assert visible_tiles(study.frame(frame).manifest.tiles, looked.region)
