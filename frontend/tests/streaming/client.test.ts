import { describe, expect, test } from "vitest";
import { ACK_BYTES } from "../../src/streaming/acks";
import { VIEWPORT_MS, ViewerClient } from "../../src/streaming/client";
import { WireError } from "../../src/streaming/errors";
import type { Looked } from "../../src/streaming/opening";
import { encodeSlices, type SegmentSlice } from "../../src/streaming/slices";
import { type Note, readServerMessage, readViewerMessage, writeViewerMessage } from "../../src/streaming/wire";
import { greyBytes, greyManifest, greySlices } from "../grey-frame";
import { seeded, vectors } from "../vectors";

const { instance, frame, id } = greyManifest;
const STUDY = "1.2";
const place = { study: STUDY, series: "1.2.3", position: 4 };
const screen = { width: 360, height: 640 };
const key = { instance, frame };

/** Opens a study, of whose first frame the page has the manifest. */
function client(have = true): ViewerClient {
  const viewer = new ViewerClient(screen);
  viewer.open(place, { have: have ? greyManifest : null });
  return viewer;
}

/** On a connection of which hello is said, and on which the server has the study open. */
function connected(): ViewerClient {
  const viewer = client();
  viewer.connected(STUDY);
  viewer.messagesToSend(0);
  viewer.receiveText({ type: "opened", study: STUDY, latest: 0 });
  return viewer;
}

function named(to: ViewerClient, handle: number): void {
  to.receiveText({ type: "manifest", handle, instance, frame, id, manifest: null });
}

/** Feeds slices one a message, and returns the messages that go out in answer. */
function feed(to: ViewerClient, slices: readonly SegmentSlice[], now: number): string[] {
  return slices.flatMap((slice) => {
    to.receiveBinary(encodeSlices([slice]));
    return to.messagesToSend(now).map(({ type }) => type);
  });
}

const look = (position: number): Looked => ({
  series: "1.2.3",
  position,
  region: [0, 0, 40, 24],
  scale: 2,
  window: { center: 40, width: 80 },
  speed: 2.5,
  saver: false,
  readable: false,
  paused: false,
});

const note: Note = {
  id: "00000000-0000-4000-8000-000000000001",
  text: "Bleed",
  series: "1.2.3",
  instance,
  frame,
  position: 4,
  quality: "lossy",
  rmse: 2,
  written_at: "2026-11-24T03:14:00.000Z",
};

describe("opening", () => {
  test("a viewer with nothing is fresh, and says what manifest it has", () => {
    expect(client().openingQuery()).toBe(
      `v=2&fresh=1&study=1.2&series=1.2.3&position=4&width=360&height=640&have=${id}`,
    );
    expect(client(false).openingQuery()).toBe("v=2&fresh=1&study=1.2&series=1.2.3&position=4&width=360&height=640");
  });

  test("hello goes first, then the notes that wait", () => {
    const viewer = client();
    viewer.submitNote(note);
    expect(viewer.messagesToSend(0)).toEqual([]);
    viewer.connected(STUDY);
    const [hello, waiting, ...rest] = viewer.messagesToSend(0);
    expect(hello).toMatchObject({ type: "hello", holdings: [], manifests: [id], after: 0 });
    expect(hello).toMatchObject({ viewport: { generation: 1, region: [0, 0, 40, 24] } });
    expect(waiting).toEqual({ type: "note", ...note });
    expect(rest).toEqual([]);
  });

  test("without a manifest the first viewport is still one of the protocol", () => {
    const viewer = client(false);
    viewer.connected(STUDY);
    for (const message of viewer.messagesToSend(0)) {
      expect(readViewerMessage(JSON.parse(JSON.stringify(writeViewerMessage(message))))).toEqual(message);
    }
  });
});

describe("segments", () => {
  test("come in whole or in pieces, and are held", () => {
    for (const most of [1, 7, 16_384]) {
      const viewer = client();
      viewer.connected(STUDY);
      named(viewer, 3);
      feed(viewer, greySlices(3, most), 0);
      expect(viewer.holdings.get(key)?.bytes).toBe(greyBytes);
      expect(viewer.holdings.get(key)?.held(0)).toEqual([3, 3, 3]);
      expect(viewer.openingQuery()).toContain("fresh=0");
    }
  });

  test("a whole segment is told from more bytes of one", () => {
    const viewer = client();
    viewer.connected(STUDY);
    named(viewer, 3);
    const [first, second] = greySlices(3, 10).map((slice) => viewer.receiveBinary(encodeSlices([slice])));
    expect(first).toMatchObject([{ type: "segment", tile: 0, whole: false }]);
    expect(second).toMatchObject([{ type: "segment", tile: 0, whole: true }]);
  });

  test("a gap, an unknown handle, a segment that the frame does not have are refused", () => {
    const viewer = client();
    viewer.connected(STUDY);
    named(viewer, 3);
    const [slice] = greySlices(3) as [SegmentSlice];
    expect(() => feed(viewer, [{ ...slice, handle: 4 }], 0)).toThrow(WireError);
    expect(() => feed(viewer, [{ ...slice, layer: 1 }], 0)).toThrow(WireError);
    expect(() => feed(viewer, [{ ...slice, tile: 1 }], 0)).toThrow(WireError);
    expect(() => feed(viewer, [{ ...slice, resolution: 3 }], 0)).toThrow(WireError);
    expect(() => feed(viewer, [{ ...slice, total: 99_999 }], 0)).toThrow(WireError);
  });

  test("any cut and resume ends in the same holdings, and no byte is asked for twice", () => {
    const random = seeded(3);
    for (let round = 0; round < 40; round++) {
      const viewer = client();
      let left = greySlices(1, 1 + random(60));
      for (let handle = 1; left.length; handle++) {
        viewer.connected(STUDY);
        const [hello] = viewer.messagesToSend(0);
        const stated = hello?.type === "hello" ? hello.holdings : [];
        expect(stated.length).toBe(handle === 1 ? 0 : 1);
        named(viewer, handle);
        const now = left.slice(0, 1 + random(12));
        feed(
          viewer,
          now.map((slice) => ({ ...slice, handle })),
          0,
        );
        left = left.slice(now.length);
        viewer.disconnected();
      }
      expect(viewer.received).toBeGreaterThan(greyBytes);
      expect(viewer.holdings.get(key)?.bytes).toBe(greyBytes);
    }
  });

  test("the layers held and the beginnings of more are stated", () => {
    const viewer = client();
    viewer.connected(STUDY);
    named(viewer, 1);
    feed(viewer, greySlices(1, 10).slice(0, 5), 0);
    const stated = viewer.holdings.get(key)?.stated();
    expect(stated?.held).toBe("3:1,3:0");
    expect(stated?.partial).toEqual([[0, 0, 1, 10]]);
  });
});

describe("acknowledgements", () => {
  test("of each message", () => {
    const viewer = connected();
    named(viewer, 1);
    expect(feed(viewer, greySlices(1).slice(0, 3), 0)).toEqual(["ack", "ack", "ack"]);
    expect(viewer.nextDeadline()).toBeNull();
  });

  test("of a long message: it counts every byte of this connection", () => {
    const viewer = client();
    const big = { ...greyManifest, tiles: greyManifest.tiles.map((tile) => ({ ...tile, bytes: [9000, 9000, 9000] })) };
    viewer.connected(STUDY);
    viewer.messagesToSend(0);
    viewer.receiveText({
      type: "manifest",
      handle: 1,
      instance,
      frame,
      id: "0123456789abcdef",
      manifest: { ...big, id: "0123456789abcdef" },
    });
    const data = new Uint8Array(ACK_BYTES);
    const message = encodeSlices([{ handle: 1, tile: 0, layer: 0, resolution: 0, total: 9000, offset: 0, data }]);
    viewer.receiveBinary(message);
    expect(viewer.messagesToSend(5)).toEqual([{ type: "ack", received: message.length }]);
    expect(viewer.nextDeadline()).toBeNull();
  });
});

describe("looking", () => {
  test("only what changed is sent, not too often, and always the last", () => {
    const viewer = connected();
    viewer.lookAt(look(5));
    expect(viewer.messagesToSend(100)).toMatchObject([{ type: "viewport", generation: 2, position: 5 }]);
    viewer.lookAt(look(5));
    expect(viewer.messagesToSend(200)).toEqual([]);
    viewer.lookAt(look(6));
    expect(viewer.messagesToSend(200)).toMatchObject([{ generation: 3 }]);
    for (let position = 7; position < 20; position++) viewer.lookAt(look(position));
    expect(viewer.messagesToSend(210)).toEqual([]);
    expect(viewer.nextDeadline()).toBe(200 + VIEWPORT_MS);
    expect(viewer.messagesToSend(200 + VIEWPORT_MS)).toMatchObject([{ generation: 16, position: 19 }]);
  });

  test("after a cut the next connection opens where the reader is", () => {
    const viewer = client();
    viewer.lookAt(look(9));
    expect(viewer.openingQuery()).toContain("position=9");
    viewer.connected(STUDY);
    expect(viewer.messagesToSend(0)).toMatchObject([{ type: "hello", viewport: { position: 9, generation: 2 } }]);
    expect(viewer.nextDeadline()).toBeNull();
  });
});

describe("throwing away", () => {
  test("a dropped frame is told, and slices that were under way are passed over", () => {
    const viewer = connected();
    named(viewer, 1);
    const slices = greySlices(1, 20);
    feed(viewer, slices.slice(0, 8), 0);
    viewer.drop([key, { instance: "9.9", frame: 1 }]);
    expect(viewer.messagesToSend(0)).toContainEqual({ type: "dropped", frames: [key] });
    viewer.drop([key]);
    expect(viewer.messagesToSend(0)).toEqual([]);
    feed(viewer, slices.slice(8, 14), 0);
    feed(viewer, slices, 0);
    expect(viewer.holdings.get(key)?.bytes).toBe(greyBytes);
    expect(viewer.holdings.get(key)?.held(0)).toEqual([3, 3, 3]);
  });

  test("a wrong tile is asked for again", () => {
    const viewer = connected();
    named(viewer, 1);
    feed(viewer, greySlices(1), 0);
    viewer.again(key, 0, "digest");
    expect(viewer.messagesToSend(0)).toContainEqual({ type: "again", ...key, tile: 0, reason: "digest" });
    expect(viewer.holdings.get(key)?.bytes).toBe(0);
    feed(viewer, greySlices(1), 0);
    expect(viewer.holdings.get(key)?.bytes).toBe(greyBytes);
  });

  test("another manifest of the frame voids what was held", () => {
    const viewer = client();
    viewer.connected(STUDY);
    named(viewer, 1);
    feed(viewer, greySlices(1), 0);
    const anew = { ...greyManifest, id: "0123456789abcdef" };
    viewer.receiveText({ type: "manifest", handle: 2, instance, frame, id: anew.id, manifest: anew });
    expect(viewer.holdings.get(key)?.bytes).toBe(0);
    expect(() => viewer.receiveText({ type: "manifest", handle: 3, instance, frame, id, manifest: null })).toThrow(
      WireError,
    );
  });
});

describe("notes and changes", () => {
  test("a note is sent on every connection until it is stored", () => {
    const viewer = connected();
    viewer.submitNote(note);
    viewer.submitNote(note);
    expect(viewer.messagesToSend(0)).toEqual([{ type: "note", ...note }]);
    viewer.disconnected();
    viewer.connected(STUDY);
    expect(viewer.messagesToSend(0).map(({ type }) => type)).toEqual(["hello", "note"]);
    viewer.receiveText({ type: "note_stored", id: note.id, sequence: 8, stored_at: note.written_at });
    viewer.disconnected();
    viewer.connected(STUDY);
    expect(viewer.messagesToSend(0).map(({ type }) => type)).toEqual(["hello"]);
    expect(viewer.notesWaiting).toEqual([]);
  });

  test("the next connection asks for what came after the last change seen", () => {
    const viewer = connected();
    const golden = vectors<{ messages: { name: string; value: { type: string; changes?: { sequence: number }[] } }[] }>(
      "server_messages",
    );
    const changes = golden.messages.find(({ value }) => value.changes?.length)?.value;
    viewer.receiveText(readServerMessage(changes));
    const last = Math.max(0, ...(changes?.changes ?? []).map(({ sequence }) => sequence));
    expect(viewer.after).toBe(last);
    viewer.connected(STUDY);
    expect(viewer.messagesToSend(0)).toMatchObject([{ type: "hello", after: last }]);
  });
});
