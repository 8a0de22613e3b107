"""A short run of `make chaos-note`: killed servers and cut links lose no note and double none."""

from __future__ import annotations

import pytest

from tests.tools.chaos_note import run


@pytest.mark.slow
@pytest.mark.anyio
async def test_every_note_is_stored_exactly_once() -> None:
    result = await run(count=12, seed=7)
    # One note goes in peace first.
    assert (result["sent"], result["stored"], result["lost"], result["doubled"]) == (13, 13, 0, 0)
    assert result["kills"] > 0
    assert result["cuts"] > 0
    assert result["kills"] + result["cuts"] == 12
