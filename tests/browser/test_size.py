"""The page stays light: the limits that `make size` measures."""

from __future__ import annotations

import pytest

from tests.tools.size import LIMITS, measure

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_first_visit_stays_within_its_limits() -> None:
    values = await measure()
    over = {key: values[key] for key, limit in LIMITS.items() if values[key] > limit}
    assert not over
    # What the limits are about was there at all.
    assert values["decoder_bytes"] > 50_000
    assert values["first_picture_bytes"] > 5_000
