"""Who looks at what, over which link."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.tools.bench_load.link import PROFILES, Link
from tests.tools.bench_load.studies import Series
from tests.tools.bench_load.viewer import LoadViewer, Tally

MIX: Final = {"2g": 0.3, "slow3g": 0.3, "3g": 0.25, "4g": 0.15}
EQUAL: Final = 0.1
"""Share of the viewers that have equal links of their own, to compare them."""
EQUAL_PROFILE: Final = "slow3g"
SHARING: Final = 0.1
"""Share of the viewers that have one link for two (two tabs)."""
SHARED_PROFILE: Final = "slow3g"


@dataclass(frozen=True, slots=True)
class Crowd:
    """All viewers; ``equal`` ones can be compared with one another, and each of ``pairs`` shares
    its link."""

    mixed: list[LoadViewer]
    equal: list[LoadViewer]
    pairs: list[tuple[LoadViewer, LoadViewer]]

    @property
    def everyone(self) -> list[LoadViewer]:
        return [*self.mixed, *self.equal, *(one for pair in self.pairs for one in pair)]


def gathered(
    count: int,
    port: int,
    series: Sequence[Series],
    compared: Series,
    tally: Tally,
    rng: random.Random,
) -> Crowd:
    """Give each of ``count`` viewers a link and something to look at.

    Those that are compared look at ``compared``, which must keep them busy all the time.
    """

    def viewer(link: Link, what: Series) -> LoadViewer:
        return LoadViewer(port, what, link, tally, rng.randint(1, what.length))

    equal = [viewer(Link(PROFILES[EQUAL_PROFILE]), compared) for _ in range(int(count * EQUAL))]
    links = [Link(PROFILES[SHARED_PROFILE]) for _ in range(int(count * SHARING / 2))]
    pairs = [(viewer(link, compared), viewer(link, compared)) for link in links]
    names = rng.choices(list(MIX), list(MIX.values()), k=count - len(equal) - 2 * len(pairs))
    mixed = [viewer(Link(PROFILES[name]), rng.choice(series)) for name in names]
    return Crowd(mixed, equal, pairs)
