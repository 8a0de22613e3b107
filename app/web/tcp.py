"""What a stream asks of its connection's TCP; ``app/serving.py`` passes it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypedDict

from starlette.types import Scope

TCP: Final = "firstlight.tcp"
"""The extension of the scope."""
SHORTEST_RETRY: Final = 1.0
"""Seconds; Linux takes no less."""
LONGEST_RETRY: Final = 3.0
TRIPS: Final = 4.0
"""An answer that has not come after so many round trips, and half a second, is not on its way."""
SPARE: Final = 0.5
NOTICEABLE: Final = 0.25
"""Smaller changes, as parts of what was asked before, are not worth a system call."""


class TcpRequests(TypedDict):
    """What a server offers under ``TCP``."""

    cork: Callable[[bool], None]
    """True: send full packets only, until False is said."""
    retry_within: Callable[[float], None]
    """Seconds after which TCP sends again what was not acknowledged, however often it has."""


def _nothing(_: float) -> None:
    pass


ABSENT: Final[TcpRequests] = {"cork": _nothing, "retry_within": _nothing}


class Tcp:
    """The TCP of one connection."""

    def __init__(self, scope: Scope) -> None:
        offered: TcpRequests = scope.get("extensions", {}).get(TCP, ABSENT)
        self.cork = offered["cork"]
        self._retry_within = offered["retry_within"]
        self._asked = LONGEST_RETRY

    def knows(self, round_trip: float) -> None:
        """Have TCP's patience follow the round trip (seconds; 0 where it is not known yet).

        After an outage TCP doubles its patience each time, and the link may be back long before it
        tries again. A patience that is too short would send twice what is only late.
        """
        wanted = min(max(TRIPS * round_trip + SPARE, SHORTEST_RETRY), LONGEST_RETRY)
        if round_trip and abs(wanted - self._asked) > NOTICEABLE * self._asked:
            self._asked = wanted
            self._retry_within(wanted)
