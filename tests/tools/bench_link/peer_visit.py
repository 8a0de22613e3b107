"""The peer, come to in three ways, and how good each picture was that it drew."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from tests.browser.hands import tap
from tests.tools.bench_link.certificate import Certificate
from tests.tools.bench_link.floor import WayIn
from tests.tools.bench_link.judge import shown_error
from tests.tools.bench_link.lab import Place
from tests.tools.bench_link.milestones import Seen, milestones
from tests.tools.bench_link.opening import Visit, fresh_profile, navigation
from tests.tools.bench_link.peer_files import Picture
from tests.tools.bench_link.phone import Phone, phone

READY_SECONDS: Final = 90.0
TYPES: Final = {
    "Uint8Array": np.uint8,
    "Uint8ClampedArray": np.uint8,
    "Int16Array": np.int16,
    "Uint16Array": np.uint16,
    "Int32Array": np.int32,
    "Float32Array": np.float32,
}
FULL_RESOLUTION: Final = 8
"""Cornerstone's ImageQualityStatus of a picture that will not get better."""
JPEG_DECODERS_GL: Final = 1.5
"""By how much sound JPEG decoders differ: the source's own picture, whoever decodes it."""


@dataclass(frozen=True)
class Variant:
    """One way to feed the peer: a folder of its server, and how its loader fetches."""

    name: str
    root: str
    retrieve: str


VARIANTS: Final = (
    Variant("htj2k, streamed", "/htj2k", "stream"),
    Variant("htj2k, streamed in small steps", "/htj2k", "streamsmall"),
    Variant("htj2k, byte ranges", "/htj2k", "range"),
    Variant("j2k", "/j2k", "single"),
    Variant("jpeg source", "/source", "single"),
    Variant("orthanc", "/orthanc", "single"),
)


@dataclass(frozen=True)
class PeerTarget:
    """An image on the peer's server."""

    url: str
    study: str
    series: str
    instance: str
    picture: Picture
    scale: float

    @property
    def jpeg(self) -> bool:
        """Whether the source is JPEG, so that the peer can be given it as it came."""
        return self.picture.jpeg

    def page(self, variant: Variant, *, wait: bool) -> str:
        asked = {
            "root": variant.root,
            "study": self.study,
            "series": self.series,
            "instance": self.instance,
            "retrieve": variant.retrieve,
        }
        return f"{self.url}/peer/?{urlencode(asked | ({'wait': '1'} if wait else {}))}"


async def warmed_peer(
    place: Place, certificate: Certificate, target: PeerTarget, folder: Path
) -> Path:
    """Return a profile folder with the peer's code in the HTTP cache, decoders included."""
    place.set("none")
    for variant in VARIANTS[:1] + VARIANTS[3:4]:  # each decoder is loaded with its first picture
        async with phone(place, certificate, folder, slower=1) as reader:
            await reader.page.goto(target.page(variant, wait=False))
            await reader.until(_any_picture(reader), READY_SECONDS)
            await reader.quiet(2, 20)
    return folder


async def peer_visit(
    place: Place,
    certificate: Certificate,
    target: PeerTarget,
    variant: Variant,
    way: WayIn,
    profile: str,
    template: Path,
    seconds: float,
) -> Visit:
    """Open the image once; it lasts until the peer has drawn all of it, ``seconds`` at most."""
    async with fresh_profile(template if way is not WayIn.COLD else None) as folder:
        place.set("none" if way is WayIn.COLD else profile)
        async with phone(place, certificate, folder) as reader:
            place.set(profile)
            began = await _come(reader, target, variant, way)
            await reader.until(lambda: _whole(reader.said), seconds)
            # Judged only now: handing pictures over is work for the peer's main thread.
            pictures = _pictures(reader.said)
            drawn = [await _judge(reader, word, target, variant) for word in pictures]
            problems = tuple(w["message"] for w in reader.said if w["kind"] == "error")
            at = began or navigation(reader.said, f"{target.url}/peer/")
            app = sum(size for url, size in reader.wire.http.items() if "/peer/" in url)
            return Visit(milestones(drawn, at), app, problems)


async def _come(reader: Phone, target: PeerTarget, variant: Variant, way: WayIn) -> float | None:
    if way in (WayIn.COLD, WayIn.WARM):
        await reader.page.goto(target.page(variant, wait=False))
        return None
    await reader.page.goto(target.page(variant, wait=True))
    await reader.page.wait_for("document.body?.dataset.ready === 'true'", READY_SECONDS)
    await reader.quiet(2.5, READY_SECONDS)
    await tap(reader.page, "#open")
    await reader.until(lambda: any(w["kind"] == "finger" for w in reader.said), 10)
    return next(float(w["at"]) for w in reader.said if w["kind"] == "finger")


async def _judge(reader: Phone, word: Any, target: PeerTarget, variant: Variant) -> Seen:
    found = await reader.page.evaluate(f"peer.picture({word['number']})")
    samples = decoded(found)
    truth = target.picture.samples
    window = (target.picture.center, target.picture.width)
    error = shown_error(samples, truth, window, target.scale)
    whole = samples.shape == truth.shape
    exact = whole and bool(np.array_equal(samples, truth))
    if target.jpeg and variant.root in ("/source", "/orthanc"):
        exact = exact or (whole and error <= JPEG_DECODERS_GL)
    return Seen(float(word["at"]), error, exact)


def decoded(found: dict[str, Any]) -> NDArray[Any]:
    """The samples that the page gave, as rows x columns (x 3)."""
    data = np.frombuffer(base64.b64decode(found["data"]), TYPES[found["type"]])
    rows, columns = int(found["rows"]), int(found["columns"])
    channels = max(1, data.size // (rows * columns))
    if channels == 1:
        return data[: rows * columns].reshape(rows, columns)
    return data[: rows * columns * channels].reshape(rows, columns, channels)[:, :, :3]


def _any_picture(reader: Phone) -> Callable[[], bool]:
    return lambda: bool(_pictures(reader.said))


def _whole(said: list[dict[str, Any]]) -> bool:
    """Whether a picture was rendered of all the bytes there are."""
    return any(word["status"] == FULL_RESOLUTION for word in _pictures(said))


def _pictures(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [word for word in said if word["kind"] == "picture"]
