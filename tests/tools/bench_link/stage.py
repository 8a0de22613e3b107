"""All that stands while the bench runs: the link, our server, the peer's, and warm phones."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.tools.bench_link.certificate import Certificate, make_certificate
from tests.tools.bench_link.clinic import (
    ORTHANC,
    OURS,
    PEER,
    ClinicProgram,
    firstlight,
    running,
)
from tests.tools.bench_link.lab import Place, stand
from tests.tools.bench_link.opening import Target, warmed_profile
from tests.tools.bench_link.orthanc import installed_orthanc, orthanc, orthanc_url, store
from tests.tools.bench_link.peer_build import PeerMissing, built_peer
from tests.tools.bench_link.peer_files import write_files
from tests.tools.bench_link.peer_visit import PeerTarget, warmed_peer
from tests.tools.bench_link.preparing import Prepared
from tests.tools.figures import say


@dataclass
class Stage:
    """``template``: a profile folder with our app installed."""

    place: Place
    certificate: Certificate
    server: ClinicProgram
    template: Path

    def target(self, prepared: Prepared) -> Target:
        return Target(self.server.url, prepared.image.study, prepared.image.uids)


@dataclass
class PeerStage:
    """The peer beside it; ``orthanc``: whether that stands too."""

    targets: dict[str, PeerTarget]
    template: Path
    orthanc: bool


@contextlib.asynccontextmanager
async def standing(work: Path, data: Path, before: str, cc: str) -> AsyncIterator[Stage]:
    """Set the link, our server and a phone with the app installed up."""
    async with stand((OURS, PEER), cc) as place:
        certificate = make_certificate(work, place.address())
        async with running(firstlight(place, certificate, data)) as server:
            folder = work / "app-installed"
            template = await warmed_profile(place, certificate, server.url, before, folder)
            yield Stage(place, certificate, server, template)


@contextlib.asynccontextmanager
async def peer_standing(
    stage: Stage, work: Path, images: list[Prepared], remarks: list[str]
) -> AsyncIterator[PeerStage | None]:
    """Set the peer's servers up; None, with a remark, where the peer cannot be had."""
    try:
        page = built_peer()
    except PeerMissing as missing:
        remarks.append(f"The peer is left out: {missing}")
        yield None
        return
    pictures = work / "pictures"
    argv = [sys.executable, "-m", "tests.tools.bench_link.peer_server", "--page", str(page)]
    listen = ("--host", stage.place.listen_address(), "--port", str(PEER))
    trust = ("--cert", str(stage.certificate.cert), "--key", str(stage.certificate.key))
    behind = ("--pictures", str(pictures), "--orthanc", orthanc_url(stage.place))
    server = ClinicProgram(stage.place, PEER, [*argv, *listen, *trust, *behind], work / "peer.log")
    targets = {}
    for each in images:
        try:
            targets[each.image.name] = _peer_target(server.url, each, pictures)
        except Exception as error:  # whatever pydicom and the encoders make of one's own files
            remarks.append(f"{each.image.name} is not shown to the peer: {error}")
    refusal = installed_orthanc()
    if refusal:
        remarks.append(refusal)
    async with contextlib.AsyncExitStack() as opened:
        if not refusal:
            await opened.enter_async_context(running(orthanc(stage.place, work / "orthanc")))
            await store(stage.place, pictures / "files")
            say(f"Orthanc holds the images (port {ORTHANC})")
        await opened.enter_async_context(running(server))
        first = next(iter(targets.values()))
        folder = work / "peer-installed"
        template = await warmed_peer(stage.place, stage.certificate, first, folder)
        yield PeerStage(targets, template, not refusal)


def _peer_target(url: str, prepared: Prepared, pictures: Path) -> PeerTarget:
    image, needed = prepared.image, prepared.needed
    first = next(each for each in image.instances if each.uid == needed.frame.instance)
    picture = write_files(image, first, needed.manifest, pictures)
    return PeerTarget(url, image.study, first.series, first.uid, picture, needed.scale)
