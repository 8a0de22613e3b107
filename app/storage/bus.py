"""The bus: word that a study changed, from whoever changed it to every open viewer.

It carries no content. A subscriber that is slow, or that missed ten messages, loses nothing: it
reads the change feed again from the sequence number it has seen. So a subscription is one flag and
never grows.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol


class Subscription:
    """One subscriber's flag."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def notify(self) -> None:
        """Raise the flag; any number of times is as good as once."""
        self._news.set()

    async def wait(self) -> None:
        """Return once something was published since the last return (at once, if that is so
        already)."""
        await self._news.wait()
        self._news.clear()


class Bus(Protocol):
    """What the application asks of a bus."""

    async def publish(self, study: str) -> None:
        """Tell every subscriber of ``study`` that its change feed has grown."""

    def subscribe(self, study: str) -> AbstractContextManager[Subscription]:
        """A subscription that ends with the ``with`` block."""
