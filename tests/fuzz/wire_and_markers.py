"""Mutational fuzzing of everything that reads bytes or JSON from outside.

``python -m tests.fuzz.wire_and_markers --seconds 60 [--seed N]``. The seeds are the golden vectors
and codestreams that Pillow makes. Anything but a StreamingError, or an input that takes longer than
a second, is an error: it is printed with what reproduces it. Ends with ``FIGURES {"runs", "errors",
"seconds", "slowest_ms"}``.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from streaming.codestream.index import FrameIndex, index_tile
from streaming.codestream.packet_writer import Cut
from streaming.codestream.scans import join_scans, split_scans
from streaming.codestream.source_layers import index_source, layered_source
from streaming.errors import StreamingError
from streaming.holdings import FrameHoldings, read_runs
from streaming.manifest import Manifest
from streaming.manifest_changes import ManifestChanges
from streaming.wire import (
    Opening,
    decode_server_message,
    decode_slices,
    decode_viewer_message,
    encode_slices,
)
from streaming.wire.looking import read_held
from tests.streaming.codestream.pictures import j2k, jpeg, waves
from tests.vectors.examples import grey_manifest
from tests.vectors.messages import holdings, manifests, openings, segments, server, viewer

FOREIGN: Final = Path(__file__).parents[1] / "streaming" / "codestream" / "foreign"
SLOW: Final = 1.0
"""Seconds that no input may take."""
MOST_ERRORS: Final = 10
NUMBERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x4F, 0x90, 0x93, 0xD9, 0xD8, 0xDA, 0x58, 0x52)
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 1.5, 1e308, float("inf"), float("nan"), 2**53, 10**400, -(10**400),
    "", "a", "\ud800", "1.2.3", [], {}, [[]], {"type": 1}, "65536:16", "\0" * 5000,
)  # fmt: skip

Target = Callable[[Any], object]


def read_codestream(data: bytes) -> None:
    """Index it; what is accepted must be consistent."""
    tile = index_tile(data)
    if FrameIndex((tile.lengths,)).total != len(tile.body):
        raise AssertionError("The index does not add up.")


def read_foreign(data: bytes) -> None:
    """Take it apart; told in one layer it must have the same code-blocks."""
    index_source(data)
    source = layered_source(data)
    told = source.told(
        {key: (Cut(block.passes, len(block.data)),) for key, block in source.blocks.items()}, 1
    )
    if layered_source(told.whole()).blocks != source.blocks:
        raise AssertionError("The code-blocks do not come back.")


def read_jpeg(data: bytes) -> None:
    """Split it; the scans joined must be the JPEG again, fill behind EOI apart."""
    if join_scans(split_scans(data)) != data.rstrip(b"\0"):
        raise AssertionError("The scans are not the JPEG.")


def read_batch(data: bytes) -> None:
    """Decode it; what is accepted must come back byte for byte."""
    if encode_slices(decode_slices(data)) != data:
        raise AssertionError("The batch does not come back.")


def read_viewer_message(value: Any) -> None:
    """Read it; what is accepted must be read to the same again."""
    message = decode_viewer_message(value)
    if decode_viewer_message(message.to_dict()) != message:
        raise AssertionError("The message does not come back.")


def read_server_message(value: Any) -> None:
    """Read it; what is accepted must be read to the same again."""
    message = decode_server_message(value)
    if decode_server_message(message.to_dict()) != message:
        raise AssertionError("The message does not come back.")


def read_manifest(value: Any) -> None:
    """Read it; what is accepted must be read to the same again."""
    manifest = Manifest.from_dict(value)
    if Manifest.from_dict(manifest.to_dict()) != manifest:
        raise AssertionError("The manifest does not come back.")


def read_changes(value: Any) -> None:
    """Apply them to a grey slice; what is accepted must be a sound manifest."""
    known = grey_manifest()
    manifest = ManifestChanges.read(0, value).applied(known, known.id, known.frame)
    if Manifest.from_dict(manifest.to_dict()) != manifest:
        raise AssertionError("The manifest does not come back.")


def read_statement(value: Any) -> None:
    """Read what is held of a frame, on a grid of 2 tiles and 3 resolutions."""
    FrameHoldings.from_held(read_held(value), 2, 3)


def read_text(value: str) -> None:
    """Read the run-length text."""
    read_runs(value)


def read_opening(value: Any) -> None:
    """Read a query: names and values are always strings."""
    query = value.items() if isinstance(value, dict) else ()
    Opening.from_query({str(name): str(given) for name, given in query})


def targets() -> list[tuple[str, Target, list[Any]]]:
    """Return what is fuzzed, with its seeds."""
    codestreams = [
        j2k(waves(33, 47, kind), layers, 3, **options)
        for kind, layers in (("grey8", 1), ("grey16", 5), ("rgb", 3))
        for options in ({}, {"precinct_size": (32, 32), "codeblock_size": (16, 16)})
    ]
    foreign = [
        *codestreams,
        j2k(waves(33, 47, "grey8"), 2, 3, irreversible=True, progression="PCRL"),
        j2k(waves(33, 47, "rgb"), 1, 3, irreversible=True, tile_size=(24, 24)),
        *(path.read_bytes() for path in sorted(FOREIGN.glob("*.j2k"))),
    ]
    rgb = waves(24, 32, "rgb")
    jpegs = [jpeg(rgb), jpeg(rgb, progressive=True), jpeg(rgb, restart_marker_blocks=1)]
    stated = holdings()
    frame = {key: stated["frames"][0][key] for key in stated["frames"][0] if key != "name"}
    del frame["tiles"], frame["resolutions"]
    index = {"lengths": [[[1, 2], [3, 4]], []]}
    return [
        ("index_tile", read_codestream, codestreams),
        ("read_foreign", read_foreign, foreign),
        ("split_scans", read_jpeg, jpegs),
        (
            "decode_slices",
            read_batch,
            [bytes.fromhex(b["hex"])[:600] for b in segments()["batches"]],
        ),
        ("decode_viewer_message", read_viewer_message, [m["value"] for m in viewer()["messages"]]),
        ("decode_server_message", read_server_message, [m["value"] for m in server()["messages"]]),
        ("Manifest", read_manifest, [m["value"] for m in manifests()["manifests"]]),
        ("changes", read_changes, [json.loads(c["changes"]) for c in manifests()["changes"]]),
        ("FrameIndex", FrameIndex.from_dict, [index]),
        ("held", read_statement, [frame]),
        ("runs", read_text, [case["text"] for case in stated["texts"]]),
        ("Opening", read_opening, [case["query"] for case in openings()["openings"]]),
    ]


class Mutator:
    """Changes seeds at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def mutate(self, seed: Any) -> Any:
        """Return a changed copy of ``seed``."""
        if isinstance(seed, bytes):
            return self._bytes(bytearray(seed))
        if isinstance(seed, str):
            return self._bytes(bytearray(seed.encode())).decode("latin-1")
        value = copy.deepcopy(seed)
        for _ in range(self.random.choice((1, 1, 1, 2, 5))):
            value = self._value(value)
        return value

    def _bytes(self, data: bytearray) -> bytes:
        for _ in range(self.random.choice((1, 1, 2, 4, 16))):
            at = self.random.randrange(len(data) + 1)
            kind = self.random.randrange(5)
            if kind == 0:
                data[at : at + 1] = bytes((self.random.choice(NUMBERS),))
            elif kind == 1:
                data[at : at + 1] = bytes((self.random.randrange(256),))
            elif kind == 2:
                del data[at : at + self.random.choice((1, 2, 8, 100))]
            elif kind == 3:
                data[at:at] = bytes(self.random.choices(NUMBERS, k=self.random.randrange(9)))
            else:
                begin = self.random.randrange(len(data) + 1)
                data[at:at] = data[begin : begin + self.random.randrange(40)]
        return bytes(data)

    def _value(self, value: Any) -> Any:
        """Go down some way and change what is there."""
        if isinstance(value, dict) and value and self.random.random() < 0.85:
            return self._object(value)
        if isinstance(value, list) and value and self.random.random() < 0.85:
            return self._array(value)
        if isinstance(value, str) and value and self.random.random() < 0.4:
            return self._bytes(bytearray(value.encode("utf-8", "replace"))).decode("latin-1")
        if type(value) in (int, float) and self.random.random() < 0.5:
            return value + self.random.choice((-1, 1, 2**31, -(2**53)))
        return copy.deepcopy(self.random.choice(VALUES))

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        name = self.random.choice(list(value))
        kind = self.random.random()
        if kind < 0.1:
            del value[name]
        elif kind < 0.15:
            value["extra"] = value[name]
        else:
            value[name] = self._value(value[name])
        return value

    def _array(self, value: list[Any]) -> list[Any]:
        at = self.random.randrange(len(value))
        kind = self.random.random()
        if kind < 0.1:
            del value[at]
        elif kind < 0.2:
            value += copy.deepcopy(value[at:]) * self.random.choice((1, 1, 50))
        else:
            value[at] = self._value(value[at])
        return value


def attempt(target: Target, value: Any) -> str:
    """Return what went wrong, empty for nothing."""
    begun = time.perf_counter()
    try:
        target(value)
    except StreamingError:
        pass
    except Exception:
        return traceback.format_exc()
    if time.perf_counter() - begun > SLOW:
        return "It took longer than a second."
    return ""


def fuzz(seconds: float, seed: int) -> dict[str, float]:
    """Run for some time; return the figures."""
    mutator = Mutator(seed)
    chosen = targets()
    runs = errors = 0
    slowest = 0.0
    begun = time.perf_counter()
    while (now := time.perf_counter()) - begun < seconds and errors < MOST_ERRORS:
        name, target, seeds = chosen[runs % len(chosen)]
        value = mutator.mutate(mutator.random.choice(seeds))
        started = time.perf_counter()
        wrong = attempt(target, value)
        slowest = max(slowest, time.perf_counter() - started)
        runs += 1
        if wrong:
            errors += 1
            sys.stderr.write(f"{name} (seed {seed}, run {runs}):\n{wrong}\n{value!r:.2000}\n")
    return {
        "runs": runs,
        "errors": errors,
        "seconds": round(now - begun, 1),
        "slowest_ms": round(slowest * 1000, 1),
    }


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = fuzz(given.seconds, given.seed)
    sys.stdout.write(f"FIGURES {json.dumps(figures)}\n")
    return 1 if figures["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
