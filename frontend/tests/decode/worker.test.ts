/** The worker's own script, its two doors (onmessage, postMessage) held by the test. */

import { beforeAll, expect, test, vi } from "vitest";
import type { DecodeRequest, FromWorker } from "../../src/decode/messages";
import { greyCodestream, greyManifest } from "../grey-frame";
import { fromHex } from "../vectors";
import { decoderModule } from "./fake-worker";

type Door = { onmessage: (event: { data: unknown }) => Promise<void> };
const door = globalThis as unknown as Door;
let answers: FromWorker[] = [];

beforeAll(async () => {
  vi.stubGlobal("ImageBitmap", class {});
  await import("../../src/decode/worker");
});

async function ask(part: Partial<DecodeRequest>): Promise<FromWorker | undefined> {
  vi.stubGlobal("ImageBitmap", class {});
  vi.stubGlobal("postMessage", (answer: FromWorker) => answers.push(answer));
  answers = [];
  const request = {
    type: "decode",
    id: 7,
    coding: "j2k-layers",
    data: fromHex(greyCodestream.source),
    level: 0,
    columns: 32,
    rows: 24,
    channels: 1,
    sha256: null,
    keep: true,
  };
  await door.onmessage({ data: { ...request, ...part } });
  return answers[0];
}

test("before the decoder is there, it says so and goes on", async () => {
  expect(await ask({})).toMatchObject({ type: "failed", id: 7, reason: "worker" });
});

test("a picture, compared or not, kept or not", async () => {
  await door.onmessage({ data: { type: "load", module: await decoderModule() } });
  expect(await ask({})).toMatchObject({ type: "decoded", id: 7, equal: null, data: { length: 32 * 24 } });
  const { sha256 = "" } = greyManifest.tiles[0] ?? {};
  expect(await ask({ sha256, keep: false })).toEqual({ type: "decoded", id: 7, equal: true, data: null });
  expect(await ask({ sha256: `${"A".repeat(43)}=` })).toMatchObject({ type: "decoded", equal: false });
});

test("a source's digest is over its bytes: at any size, and without decoding where no picture is wanted", async () => {
  const digest = (await import("../../src/decode/sha256")).sha256;
  const sha256 = await digest(fromHex(greyCodestream.source));
  const source = { coding: "j2k-source" as const, sha256 };
  expect(await ask({ ...source, keep: false })).toEqual({ type: "decoded", id: 7, equal: true, data: null });
  expect(await ask({ ...source, level: 1, columns: 16, rows: 12 })).toMatchObject({
    equal: true,
    data: { length: 16 * 12 },
  });
  const other = fromHex(greyCodestream.source).slice(0, -9);
  expect(await ask({ ...source, data: other, keep: false })).toMatchObject({ type: "decoded", equal: false });
  expect(await ask({ coding: "j2k-source" })).toMatchObject({ equal: null, data: { length: 32 * 24 } });
});

test("after any number of codestreams that make OpenJPEG throw, it still decodes", async () => {
  // Four components are more than it has: it throws a C++ exception, which leaks its stack.
  const four = fromHex(
    greyCodestream.source.replace("ff510029", "ff510032").replace("00010f0101ff52", "00040f01010f01010f01010f0101ff52"),
  );
  for (let round = 0; round < 60; round++) {
    expect(await ask({ data: four })).toMatchObject({ type: "failed", reason: "decode" });
  }
  expect(await ask({})).toMatchObject({ type: "decoded", data: { length: 32 * 24 } });
});

test("a JPEG that the browser cannot read is the bytes' fault", async () => {
  vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("InvalidStateError")));
  expect(await ask({ coding: "jpeg-scans" })).toMatchObject({ type: "failed", reason: "decode" });
});

test("a JPEG of another size than the manifest's is refused, and let go", async () => {
  const close = vi.fn();
  vi.stubGlobal("createImageBitmap", () => Promise.resolve({ width: 31, height: 24, close }));
  expect(await ask({ coding: "jpeg-scans" })).toMatchObject({ type: "failed", reason: "decode" });
  expect(close).toHaveBeenCalledOnce();
});
