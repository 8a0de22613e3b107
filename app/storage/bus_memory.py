"""The bus within one process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from app.storage.bus import Subscription


class MemoryBus:
    """The ``memory:`` implementation of Bus."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)

    async def publish(self, study: str) -> None:
        for subscription in self._subscriptions.get(study, ()):
            subscription.notify()

    @contextmanager
    def subscribe(self, study: str) -> Iterator[Subscription]:
        subscription = Subscription()
        self._subscriptions[study].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[study].discard(subscription)
            if not self._subscriptions[study]:
                del self._subscriptions[study]
