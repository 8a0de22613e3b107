"""When the viewer acknowledges what came on a connection.

Each message is acknowledged as it comes: the finer the server hears, the less it need have in
flight. And an acknowledgement asks for more. So it says how much the viewer has taken *in*, not how
much has arrived: bytes that wait for a slow decoder, beyond a bounded backlog, are withheld from
the count until they are decoded. The server then sees the decoder as it sees any other narrow
place, and sends at its pace. A little is acknowledged each second whatever the decoder says, so
that neither a stuck decoder nor a wrong count of the backlog ends a stream.

Times are seconds of any steady clock.
"""

from __future__ import annotations

from typing import Final

ACK_BYTES: Final = 8 * 1024
"""The least that is acknowledged while something is withheld."""
BACKLOG_BYTES: Final = 256 * 1024
"""May wait for the decoder without being withheld: about a whole CT slice."""
WITHHELD_SECONDS: Final = 1.0
"""After so long without any, ``ACK_BYTES`` are acknowledged though they are withheld."""


class Acks:
    """The acknowledgements of one connection."""

    def __init__(self) -> None:
        self._received = 0
        self._acknowledged = 0
        self._withheld_until: float | None = None

    @property
    def due(self) -> float | None:
        """When to ask again though nothing more comes and the backlog stays; None for never."""
        return self._withheld_until

    def take(self, length: int) -> None:
        """Enter one binary message of ``length`` bytes."""
        self._received += length

    def owed(self, now: float, backlog: int) -> int | None:
        """Return the bytes of the connection to acknowledge now, if any.

        ``backlog``: bytes held that the decoder has still to take for what is on the screen.
        """
        waiting = self._received - self._acknowledged
        excess = backlog - BACKLOG_BYTES
        if not waiting or excess <= 0:
            self._withheld_until = None
            return self._acknowledge(waiting, now) if waiting else None
        free = waiting - excess
        if free < ACK_BYTES:
            if self._withheld_until is None:
                self._withheld_until = now + WITHHELD_SECONDS
            if now < self._withheld_until:
                return None
            free = min(waiting, ACK_BYTES)
        return self._acknowledge(free, now)

    def _acknowledge(self, count: int, now: float) -> int:
        self._acknowledged += count
        withheld = self._acknowledged < self._received
        self._withheld_until = now + WITHHELD_SECONDS if withheld else None
        return self._acknowledged
