"""Notes through a link that is cut and a server that is killed: is every one stored exactly once?

``python -m tests.tools.chaos_note [--count 200] [--seed 1]``. A viewer sends one note after the
other; between each and its answer, at a random moment, either the socket is cut or the server gets
SIGKILL and is started again. What was not answered stays in the outbox and is sent again on the
next connection, as a phone does. At the end the catalog is read with SQLite itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sqlite3
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pydicom.data
from websockets.exceptions import ConnectionClosed, InvalidMessage

from streaming.client import ViewerClient
from streaming.vocabulary import FrameKey, Quality
from streaming.wire import Note
from tests.tools.figures import figures, say
from tests.tools.link import Link, linked
from tests.tools.server import Server

SAMPLE: Final = Path(pydicom.data.__file__).parent / "test_files" / "CT_small.dcm"
WAIT: Final = 2.0
"""A break comes at most this many times as late as an answer usually does."""
KILLS: Final = 0.4
"""Share of breaks that kill the server; the others cut the socket."""


@dataclass(slots=True)
class Chaos:
    """One run: who is tormented, and what was done to it."""

    server: Server
    stored: dict[str, Any]
    """The one image, as the import reported it."""
    rng: random.Random
    viewer: ViewerClient
    sent: list[Note] = field(default_factory=list)
    kills: int = 0
    cuts: int = 0
    answered: int = 0
    """Notes whose answer was there before the break."""
    between: int = 0
    """Notes that were durable at the break, their answer still on its way: the hardest moment."""
    usual: float = 0.0
    """Seconds from connecting to the answer where nothing breaks."""

    async def send(self, number: int) -> None:
        """Connect (which sends the outbox again), send one more note, and break something."""
        note = self._note(number)
        self.sent.append(note)
        with contextlib.suppress(ConnectionClosed, InvalidMessage, OSError):
            async with linked(self.server.url, self.viewer) as link:
                self.viewer.submit_note(note)
                await self._break(link)

    async def begin(self) -> None:
        """Send the first note in peace, to know how long an answer takes here and now."""
        self.sent.append(self._note(0))
        self.viewer.submit_note(self.sent[0])
        began = time.monotonic()
        await self.settle()
        self.usual = time.monotonic() - began

    async def settle(self) -> None:
        """Send what is left until all of it is answered."""
        async with linked(self.server.url, self.viewer) as link:
            await link.run(lambda: not self.viewer.unstored_notes())

    async def _break(self, link: Link) -> None:
        moment = self.rng.uniform(0, WAIT * self.usual)
        running = asyncio.create_task(link.run(lambda: False))
        await asyncio.sleep(moment)
        unanswered = self.sent[-1] in self.viewer.unstored_notes()
        self.answered += not unanswered
        if self.rng.random() < KILLS:
            self.kills += 1
            await self.server.kill()
        else:
            self.cuts += 1
            link.cut()
        await asyncio.gather(running, return_exceptions=True)
        if unanswered and self.sent[-1].id in dict(read_notes(self.server.data)):
            self.between += 1
        if not self.server.running:
            await self.server.start()

    def _note(self, number: int) -> Note:
        return Note(
            id=str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            text=f"Note {number} of a bad night.",
            series=self.stored["series"],
            frame=FrameKey(self.stored["instance"], 1),
            position=1,
            quality=Quality.LOSSY,
            rmse=2.5,
            written_at="2026-11-24T03:14:00.000Z",
        )


async def run(count: int, seed: int) -> dict[str, int]:
    """Send one note in peace, then ``count`` through chaos; returns what was ``sent``,
    ``stored``, ``lost``, ``doubled``."""
    async with Server.started() as server:
        (stored,) = (await server.import_paths([SAMPLE]))["stored"]
        viewer = ViewerClient(stored["study"], stored["series"])
        chaos = Chaos(server, stored, random.Random(seed), viewer)
        await chaos.begin()
        for number in range(1, count + 1):
            await chaos.send(number)
            if number % 25 == 0:
                say(f"{number} notes, {chaos.kills} kills, {chaos.cuts} cuts")
        await chaos.settle()
        await server.stop()
        say(f"{chaos.answered} answered before the break, {chaos.between} stored but not answered")
        return _count(server.data, chaos)


def read_notes(data: Path) -> list[tuple[str, str]]:
    """Id and text of every note, straight from the catalog."""
    with contextlib.closing(sqlite3.connect(data / "catalog.sqlite")) as database:
        return database.execute("SELECT id, text FROM notes").fetchall()


def _count(data: Path, chaos: Chaos) -> dict[str, int]:
    """Compare the catalog's rows, and its feed, with what was sent."""
    rows = read_notes(data)
    with contextlib.closing(sqlite3.connect(data / "catalog.sqlite")) as database:
        told = [row[0] for row in database.execute("SELECT note FROM changes WHERE kind = 'note'")]
    sent = {note.id: note.text for note in chaos.sent}
    whole = {identity for identity, text in rows if sent.get(identity) == text and identity in told}
    return {
        "sent": len(sent),
        "stored": len(rows),
        "lost": len(sent.keys() - whole),
        "doubled": len(rows) - len({text for _, text in rows}) + len(told) - len(set(told)),
        "kills": chaos.kills,
        "cuts": chaos.cuts,
        "between": chaos.between,
    }


def main() -> None:
    """Run, print the figures, and end with 1 when a note was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    result = asyncio.run(run(arguments.count, arguments.seed))
    figures(result)
    sys.exit(1 if result["lost"] or result["doubled"] else 0)


if __name__ == "__main__":
    main()
