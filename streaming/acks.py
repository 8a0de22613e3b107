"""When the viewer acknowledges what came on a connection.

An acknowledgement asks for more. So it says how much the viewer has taken *in*, not how much has
arrived: bytes that wait for a slow decoder, beyond a bounded backlog, are withheld from the count
until they are decoded. The server then sees the decoder as it sees any other narrow place, and
sends at its pace. A little is acknowledged each second whatever the decoder says, so that neither a
stuck decoder nor a wrong count of the backlog ends a stream.

Times are seconds of any steady clock.
"""

from __future__ import annotations

from typing import Final

ACK_BYTES: Final = 8 * 1024
ACK_MESSAGES: Final = 2
ACK_SECONDS: Final = 0.1
BACKLOG_BYTES: Final = 256 * 1024
"""May wait for the decoder without being withheld: about a whole CT slice."""
WITHHELD_SECONDS: Final = 1.0
"""After so long without any, ``ACK_BYTES`` are acknowledged though they are withheld."""


class Acks:
    """The acknowledgements of one connection."""

    def __init__(self) -> None:
        self._received = 0
        self._acknowledged = 0
        self._messages = 0
        self._due: float | None = None
        self._withheld_until: float | None = None

    @property
    def due(self) -> float | None:
        """When to ask again though nothing more comes and the backlog stays; None for never."""
        return self._due if self._withheld_until is None else self._withheld_until

    def take(self, length: int, now: float) -> None:
        """Enter one binary message of ``length`` bytes."""
        self._received += length
        self._messages += 1
        if self._due is None:
            self._due = now + ACK_SECONDS

    def owed(self, now: float, backlog: int) -> int | None:
        """Return the bytes of the connection to acknowledge now, if any.

        ``backlog``: bytes held that the decoder has still to take for what is on the screen.
        """
        waiting = self._received - self._acknowledged
        excess = backlog - BACKLOG_BYTES
        if not waiting or excess <= 0:
            self._withheld_until = None
            return self._acknowledge(waiting, now) if self._is_due(waiting, now) else None
        free = waiting - excess
        if free < ACK_BYTES:
            if self._withheld_until is None:
                self._withheld_until = now + WITHHELD_SECONDS
            if now < self._withheld_until:
                return None
            free = min(waiting, ACK_BYTES)
        return self._acknowledge(free, now)

    def _is_due(self, waiting: int, now: float) -> bool:
        late = self._due is not None and now >= self._due
        return late or waiting >= ACK_BYTES or self._messages >= ACK_MESSAGES

    def _acknowledge(self, count: int, now: float) -> int:
        self._acknowledged += count
        if self._acknowledged == self._received:
            self._messages = 0
            self._due = self._withheld_until = None
        else:
            self._withheld_until = now + WITHHELD_SECONDS
        return self._acknowledged
