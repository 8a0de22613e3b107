/** A first visit: until the decoder is here, the link is not filled with what is better than readable. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Manifest, writeManifest } from "../../src/streaming/manifest";
import { greyFrame } from "../grey-frame";
import { Line, Page, type Sent, WELCOME } from "./line";
import { look, studyOf } from "./study";

const WASM = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const study = studyOf("1.2.5");

class NoWorker {
  postMessage(): void {}
  terminate(): void {}
}

let arrive: () => void;

beforeEach(() => {
  vi.resetModules(); // whether the decoder is here is known to the whole page
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("Worker", NoWorker);
  vi.stubGlobal("document", new Page());
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
  const fetched = new Promise<Response>((resolve) => {
    arrive = () => resolve(new Response(WASM));
  });
  vi.stubGlobal("fetch", () => fetched);
  Line.all = [];
});
afterEach(() => vi.useRealTimers());

async function opened(manifest: Manifest) {
  const { AppLink } = await import("../../src/transport/app-link");
  const { StudyStream } = await import("../../src/transport/study-stream");
  const link = new AppLink({ url: "https://reader.example/stream", screen: { width: 360, height: 640 } });
  link.open({ study: "1.2", series: "1.2.1", position: 1 });
  const stream = new StudyStream(link, { study, opening: { series: "1.2.1", position: 1 } });
  Line.last.open().hear(WELCOME);
  Line.last.tell({ type: "opened", study: "1.2", latest: 0 });
  const { id, instance, frame } = manifest;
  Line.last.tell({ type: "manifest", handle: 0, instance, frame, id, manifest: writeManifest(manifest) });
  return { link, stream };
}

/** The decoder arrives, and is compiled: which takes real time. */
async function decoderArrives(): Promise<void> {
  const { decoderIsHere } = await import("../../src/decode/workers");
  arrive();
  await vi.waitFor(() => expect(decoderIsHere()).toBe(true));
}

/** What the server was told last. */
async function readable(): Promise<unknown> {
  await vi.advanceTimersByTimeAsync(1000);
  const told = Line.last.sent.filter(({ type }) => type === "hello" || type === "viewport");
  const last = told.at(-1);
  return ((last?.viewport as Sent | undefined) ?? last)?.readable;
}

describe("on a first visit", () => {
  test("what is better than readable waits for the decoder", async () => {
    const { link, stream } = await opened(greyFrame("1.2.5"));
    stream.lookAt(look);
    expect(await readable()).toBe(true);
    expect(link.expecting).toBe(true); // the reader's wish is for more
    stream.lookAt({ ...look, window: { center: 40, width: 80 } });
    await decoderArrives();
    expect(await readable()).toBe(false);
    expect(link.client.looked?.window).toEqual({ center: 40, width: 80 });
  });

  test("a reader who wants no more than readable gets no more", async () => {
    const { stream } = await opened(greyFrame("1.2.5"));
    stream.lookAt({ ...look, readable: true });
    await decoderArrives();
    expect(await readable()).toBe(true);
  });

  test("a picture that the browser decodes itself waits for nothing", async () => {
    const grey = greyFrame("1.2.5");
    const [tile] = grey.tiles as [Manifest["tiles"][number]];
    const whole = {
      ...tile,
      column: 0,
      row: 0,
      columns: grey.columns,
      rows: grey.rows,
      header: null,
      bytes: [9, 9, 9],
    };
    const coding = "jpeg-scans" as const;
    const { stream } = await opened({ ...grey, coding, bits_stored: 8, resolutions: 1, headers: [], tiles: [whole] });
    stream.lookAt(look);
    expect(await readable()).toBe(false);
  });

  test("a study that was closed meanwhile is not looked at again", async () => {
    const { link, stream } = await opened(greyFrame("1.2.5"));
    stream.lookAt(look);
    stream.close();
    await decoderArrives();
    await vi.advanceTimersByTimeAsync(1000);
    expect(link.client.looked).toBeNull();
  });
});
