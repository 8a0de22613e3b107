"""Decode time of coded frames by the page's own decoder, in a Chromium worker and slowed down.

DevTools can slow down a page's main thread only, not its workers: the worker's times are taken at
full speed, and the same decoder runs on the page's main thread for the times at 4x.
"""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from app.dicom.encode import EncodedFrame
from streaming.codestream.scans import join_scans
from streaming.vocabulary import Coding
from tests.tools.chromium import Page, chromium
from tests.tools.figures import say
from tests.tools.rate import segment, tile_codestream

DECODER = Path(__file__).parents[2] / "frontend/node_modules/@cornerstonejs/codec-openjpeg/dist"
THROTTLE = 4

# Run in a worker and on the page alike: decodes every tile of a frame, answers with milliseconds.
COMMON = """
let codec0;
const load = () => (codec0 ??= OpenJPEGWASM({ locateFile: (f) => "/" + f }));
async function decodeFrame(urls) {
  const read = async (u) => new Uint8Array(await (await fetch(u)).arrayBuffer());
  const inputs = await Promise.all(urls.map(read));
  const codec = urls[0].endsWith(".jpg") ? null : await load();
  const start = performance.now();
  for (const input of inputs) {
    if (!codec) {
      const blob = new Blob([input], { type: "image/jpeg" });
      const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
      (await createImageBitmap(blob, options)).close();
      continue;
    }
    const decoder = new codec.J2KDecoder();
    decoder.getEncodedBuffer(input.length).set(input);
    decoder.decode();
    if (!decoder.getDecodedBuffer().length) throw new Error("nothing was decoded");
    decoder.delete();
  }
  return performance.now() - start;
}
"""
WORKER = """importScripts("/openjpegwasm_decode.js", "/common.js");
onmessage = async ({ data }) => postMessage(await decodeFrame(data));
"""
PAGE = """<!doctype html>
<script src="/openjpegwasm_decode.js"></script><script src="/common.js"></script>
<script>
const worker = new Worker("/worker.js");
const inWorker = (urls) => new Promise((resolve, reject) => {
  worker.onmessage = (event) => resolve(event.data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(urls);
});
</script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: the bench prints its own progress."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _write(folder: Path, encoded: EncodedFrame, number: int) -> list[str]:
    """Files of one frame's complete tiles; their paths on the server."""
    manifest = encoded.manifest
    paths: list[str] = []
    for tile, place in enumerate(manifest.tiles):
        if place.constant is not None:
            continue
        layers = len(manifest.planes[place.plane].layers)
        if manifest.coding is Coding.JPEG_SCANS:
            data = join_scans([segment(encoded, tile, layer, 0) for layer in range(layers)])
            path = f"{number}-{tile}.jpg"
        else:
            data = tile_codestream(encoded, tile, layers, manifest.resolutions)
            path = f"{number}-{tile}.j2k"
        (folder / path).write_bytes(data)
        paths.append(f"/{path}")
    return paths


async def _fastest(page: Page, function: str, paths: list[str], runs: int = 3) -> float:
    expression = f"{function}({paths!r})"
    return min([float(await page.evaluate(expression)) for _ in range(runs)])


async def decode_times(frames: Sequence[EncodedFrame]) -> dict[tuple[str, int], float]:
    """(manifest id, CPU throttle) to ms: all tiles of the frame, all layers, full size."""
    times: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for decoder in ("openjpegwasm_decode.js", "openjpegwasm_decode.wasm"):
            (folder / decoder).write_bytes((DECODER / decoder).read_bytes())
        (folder / "common.js").write_text(COMMON)
        (folder / "worker.js").write_text(WORKER)
        (folder / "index.html").write_text(PAGE)
        with _served(folder) as url:
            async with chromium() as browser:
                page = await browser.page()
                await page.goto(url + "/index.html")
                await page.wait_for("typeof inWorker === 'function'")
                for number, encoded in enumerate(frames):
                    if paths := _write(folder, encoded, number):
                        key = encoded.manifest.id
                        times[key, 1] = await _fastest(page, "inWorker", paths)
                        await page.throttle_cpu(THROTTLE)
                        times[key, THROTTLE] = await _fastest(page, "decodeFrame", paths, 1)
                        await page.throttle_cpu(1)
                    for path in paths:
                        (folder / path[1:]).unlink()
                    if number % 20 == 19:
                        say(f"decoded {number + 1} of {len(frames)}")
    return times
