/** An open study whose decoder is slow: what waits for it is not acknowledged. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DecodeRequest, ToWorker } from "../../src/decode/messages";
import { ACK_BYTES, BACKLOG_BYTES } from "../../src/streaming/acks";
import { type Manifest, writeManifest } from "../../src/streaming/manifest";
import { encodeSlices } from "../../src/streaming/slices";
import { AppLink } from "../../src/transport/app-link";
import { StudyStream } from "../../src/transport/study-stream";
import { greyFrame } from "../grey-frame";
import { Line, Page, WELCOME } from "./line";
import { look, studyOf } from "./study";

const SEGMENT = 90_000;
const SLICE = 15_000;
/** Bytes of two layers of a frame. */
const WAITS = 6 * SEGMENT;
const INSTANCES = ["1.2.5", "1.2.6"];
const study = studyOf(...INSTANCES);

/** A worker that answers when the test says so. */
class SlowWorker {
  static jobs: [SlowWorker, DecodeRequest][] = [];
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror = null;

  postMessage(message: ToWorker): void {
    if (message.type === "decode") SlowWorker.jobs.push([this, message]);
  }

  terminate(): void {}

  static answer(): void {
    const [worker, { id, columns, rows }] = SlowWorker.jobs.shift() as [SlowWorker, DecodeRequest];
    const data = { type: "decoded", id, data: new Uint16Array(columns * rows), equal: null };
    worker.onmessage?.(new MessageEvent("message", { data }));
  }
}

function big(instance: string): Manifest {
  const grey = greyFrame(instance);
  const tiles = grey.tiles.map((tile) => (tile.constant ? tile : { ...tile, bytes: tile.bytes.map(() => SEGMENT) }));
  return { ...grey, tiles };
}

let stream: StudyStream;
let sent = 0;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("Worker", SlowWorker);
  vi.stubGlobal("document", new Page());
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
  vi.stubGlobal("fetch", async () => new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));
  Line.all = [];
  SlowWorker.jobs = [];
  sent = 0;
  const link = new AppLink({ url: "https://reader.example/stream", screen: { width: 360, height: 640 } });
  link.open({ study: "1.2", series: "1.2.1", position: 1 });
  stream = new StudyStream(link, { study, opening: { series: "1.2.1", position: 1 } });
  Line.last.open().hear(WELCOME);
  Line.last.tell({ type: "opened", study: "1.2", latest: 0 });
  stream.lookAt(look);
  for (const [handle, instance] of INSTANCES.entries()) {
    const manifest = big(instance);
    const { id, frame } = manifest;
    Line.last.tell({ type: "manifest", handle, instance, frame, id, manifest: writeManifest(manifest) });
  }
});
afterEach(() => {
  stream.close();
  vi.useRealTimers();
});

/** Sends a whole layer of a frame: a segment of each of its three resolutions. */
function hear(handle: number, layer: number): void {
  for (const resolution of [0, 1, 2]) hearSegment(handle, resolution, layer);
}

function hearSegment(handle: number, resolution: number, layer: number): void {
  const place = { handle, tile: 0, resolution, layer, total: SEGMENT };
  for (let offset = 0; offset < SEGMENT; offset += SLICE) {
    const message = encodeSlices([{ ...place, offset, data: new Uint8Array(SLICE) }]) as Uint8Array<ArrayBuffer>;
    sent += message.length;
    Line.last.hear(message);
  }
}

/** Bytes that came and are not acknowledged. */
function withheld(): number {
  return sent - Line.last.sent.reduce((last, each) => (each.type === "ack" ? (each.received as number) : last), 0);
}

/** Of the segment that came last, all but its last slice was acknowledged: nothing can be decoded of a part. */
function expectWithheld(bytes: number): void {
  expect(withheld()).toBeLessThanOrEqual(bytes);
  expect(withheld()).toBeGreaterThan(bytes - SEGMENT);
}

describe("acknowledged", () => {
  test("is what the decoder has taken, and 256 KiB more", async () => {
    hear(0, 0);
    await vi.waitFor(() => expect(SlowWorker.jobs.length).toBe(1));
    hear(0, 1);
    expectWithheld(WAITS - BACKLOG_BYTES);
    // What the first job was begun with: the smallest resolution, as it came.
    SlowWorker.answer();
    expectWithheld(WAITS - SEGMENT - BACKLOG_BYTES);
    await vi.waitFor(() => expect(SlowWorker.jobs.length).toBe(1));
    SlowWorker.answer();
    expect(withheld()).toBe(0);
  });

  test("is all of what is held of another frame, and of this one once the reader goes elsewhere", () => {
    hear(1, 0);
    expect(withheld()).toBe(0);
    hear(0, 0);
    hear(0, 1);
    expectWithheld(WAITS - BACKLOG_BYTES);
    hear(1, 1);
    expectWithheld(WAITS - BACKLOG_BYTES);
    stream.lookAt({ ...look, position: 2 });
    expectWithheld(WAITS - BACKLOG_BYTES);
    stream.close();
    vi.advanceTimersByTime(1000);
    expect(withheld()).toBe(0);
  });

  test("is a little each second though the decoder is stuck", () => {
    hear(0, 0);
    hear(0, 1);
    const before = withheld();
    vi.advanceTimersByTime(3050);
    expect(withheld()).toBe(before - 3 * ACK_BYTES);
  });
});
