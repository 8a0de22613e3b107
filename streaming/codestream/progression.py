"""The order in which packets stand in a tile (T.800 B.12.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from streaming.codestream.partition import Precinct
from streaming.codestream.source_markers import SourceStyle

LRCP: Final = 0
RLCP: Final = 1
RPCL: Final = 2
CPRL: Final = 4


class Place(NamedTuple):
    """Of one packet."""

    layer: int
    resolution: int
    component: int
    precinct: int


def packet_order(
    style: SourceStyle, components: int, resolutions: Sequence[Sequence[Precinct]]
) -> Iterator[Place]:
    """Yield the packets of a tile in the order of its progression."""
    layers = range(style.layers)
    parts = range(components)
    if style.order in (LRCP, RLCP):
        outer = (
            ((layer, resolution) for layer in layers for resolution in range(len(resolutions)))
            if style.order == LRCP
            else ((layer, resolution) for resolution in range(len(resolutions)) for layer in layers)
        )
        for layer, resolution in outer:
            for component in parts:
                for precinct in range(len(resolutions[resolution])):
                    yield Place(layer, resolution, component, precinct)
        return
    for resolution, component, precinct in _by_position(style.order, parts, resolutions):
        for layer in layers:
            yield Place(layer, resolution, component, precinct)


def _by_position(
    order: int, components: range, resolutions: Sequence[Sequence[Precinct]]
) -> Iterator[tuple[int, int, int]]:
    """Yield resolution, component and precinct where the place in the picture decides."""
    every = [
        (precinct.anchor, resolution, number)
        for resolution, precincts in enumerate(resolutions)
        for number, precinct in enumerate(precincts)
    ]
    if order == RPCL:
        every.sort(key=lambda each: (each[1], each[0], each[2]))
    else:
        every.sort()
    if order == CPRL:
        together = [every]
    else:
        # In RPCL a resolution's precincts have places of their own; in PCRL resolutions share them.
        together = [
            list(here)
            for _, here in groupby(every, key=lambda each: each if order == RPCL else each[0])
        ]
    for here in together:
        for component in components:
            yield from ((resolution, component, number) for _, resolution, number in here)
