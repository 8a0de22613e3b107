"""The change feed of one open study, passed on to its viewer's session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from app.resources import Resources
from app.storage.bus import Subscription
from streaming.session import ViewerSession

CHANGES_AT_ONCE: Final = 500
LAYOUT_SECONDS: Final = 2.0
"""The least time between two layouts of a study that grows."""


class ChangeFeed:
    """Tells a session what changed; ``told`` is called whenever there is something to send."""

    def __init__(
        self, resources: Resources, session: ViewerSession, told: Callable[[], object]
    ) -> None:
        self._resources = resources
        self._session = session
        self._told = told
        self._news = Subscription()
        self._layout_due = 0.0

    async def follow(self, study: str, seen: int) -> None:
        """Pass on every change after ``seen``, whenever the bus says that something did change."""
        with self._resources.bus.subscribe(study) as self._news:
            self._news.notify()
            while True:
                await self._news.wait()
                while (passed_on := await self._pass_on(study, seen)) > seen:
                    seen = passed_on
                    self._told()

    async def _pass_on(self, study: str, seen: int) -> int:
        """Tell of some changes after ``seen``; return the last told.

        A stack that comes in slice by slice is one change a slice, and each would bring the whole
        layout: they are told together, every few seconds. A note is told at once.
        """
        loop = asyncio.get_running_loop()
        changes = await self._resources.catalog.changes(study, seen, CHANGES_AT_ONCE)
        grown = any(change.kind == "study" for change in changes)
        only_grown = all(change.kind == "study" for change in changes)
        if not changes or (only_grown and loop.time() < self._layout_due):
            if changes:
                loop.call_at(self._layout_due, self._news.notify)
            return seen
        if grown:
            self._layout_due = loop.time() + LAYOUT_SECONDS
            layout = await self._resources.catalog.study(study)
            self._session.study_changed(layout, loop.time())
        self._session.changes(study, changes, changes[-1].sequence, loop.time())
        return changes[-1].sequence
