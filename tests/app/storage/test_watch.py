"""What another process stored is heard of."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.resources import Resources, open_resources
from app.settings import Settings
from app.storage.watch import watch
from tests.app.samples import CT, uids

pytestmark = pytest.mark.anyio


async def test_another_process_import_is_published(
    resources: Resources, settings: Settings, tmp_path: Path
) -> None:
    study, _, _ = uids(CT)
    watching = asyncio.create_task(watch(resources.catalog, resources.bus, 0.01))
    with resources.bus.subscribe(study) as news:
        async with open_resources(settings) as other:
            await other.intake.take([("ct.dcm", CT)])
        async with asyncio.timeout(10):
            await news.wait()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
