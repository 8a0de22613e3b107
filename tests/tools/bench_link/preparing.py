"""Before anything is measured: studies stored, every frame made, and the bytes they need known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.tools.bench_link.images import DATA, OTHER, Image
from tests.tools.bench_link.mixed import mixed_study
from tests.tools.bench_link.needed import Needed, needed_bytes
from tests.tools.figures import say
from tests.tools.server import WARM_SECONDS, Server


@dataclass(frozen=True)
class Prepared:
    """An image in our server."""

    image: Image
    needed: Needed


async def prepare(
    images: Sequence[Image], data: Path, mixed_in: Path | None
) -> tuple[list[Prepared], Prepared | None, str]:
    """Fill the data folder; return the images, the mixed study (written into ``mixed_in`` where
    that is given), and the study that was opened before (UID).

    Every frame is made, as a second visitor would find it: coding is not what is measured.
    """
    server = Server(data)
    other = DATA / OTHER
    mixed = mixed_study(mixed_in) if mixed_in else None
    every = [*images, mixed] if mixed else list(images)
    report = await server.import_paths([f for image in every for f in image.files])
    for refused in report["refused"]:
        say(f"refused: {refused['name']}: {refused['message']}")
    before = (await server.import_paths([other]))["stored"][0]["study"] if other.exists() else ""
    await server.start()
    try:
        found = []
        for image in every:
            try:
                await _make_frames(server.url, image)
                series = await _opening_series(server, image)
                needed = await needed_bytes(server.url, image.study, series)
            except (httpx2.HTTPError, LookupError, TimeoutError) as error:
                say(f"{image.name} is left out: our server does not show it ({error}).")
                continue
            say(
                f"{image.name}: {sum(each.frames for each in image.instances)} frames; the first "
                f"is readable in {needed.readable:,} B, lossless in {needed.lossless:,} B"
            )
            found.append(Prepared(image, needed))
        shown = [each for each in found if each.image is not mixed]
        beside = next((each for each in found if each.image is mixed), None)
        return shown, beside, str(before)
    finally:
        await server.stop()


async def _make_frames(url: str, image: Image) -> None:
    async with httpx2.AsyncClient(timeout=WARM_SECONDS) as client:
        for instance in image.instances:
            for frame in range(1, instance.frames + 1):
                path = f"/studies/{image.study}/instances/{instance.uid}/frames/{frame}/preview"
                (await client.get(url + path)).raise_for_status()


async def _opening_series(server: Server, image: Image) -> str:
    """The series that the viewer opens with: that of the instance whose Preview the list shows."""
    rows = {row["study"]: row for row in (await server.get("/studies.json")).json()}
    preview = rows[image.study]["preview"] or ""
    return {each.uid: each.series for each in image.instances}[preview.split("/")[4]]
