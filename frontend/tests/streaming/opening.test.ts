/** One connection, one study after another: what is said of each, and when. */

import { describe, expect, test } from "vitest";
import { ViewerClient } from "../../src/streaming/client";
import type { KeptFrame } from "../../src/streaming/holdings";
import type { Looked, StudyPlace } from "../../src/streaming/opening";
import { encodeSlices } from "../../src/streaming/slices";
import { type Note, readViewerMessage, type ViewerMessage, writeViewerMessage } from "../../src/streaming/wire";
import { greyBytes, greyFrame, greyManifest, greySlices } from "../grey-frame";

const screen = { width: 360, height: 640 };
const one: StudyPlace = { study: "1.1", series: "1.1.1", position: 3 };
const two: StudyPlace = { study: "1.2", series: "1.2.1", position: 1 };
const { instance, frame, id } = greyManifest;
const key = { instance, frame };
const look: Looked = {
  series: "1.2.1",
  position: 7,
  region: [0, 0, 40, 24],
  scale: 2,
  window: null,
  speed: 0,
  saver: false,
  readable: false,
  paused: false,
};

function note(number: number): Note {
  return {
    id: `00000000-0000-4000-8000-00000000000${number}`,
    text: "Bleed",
    series: "1.2.1",
    instance,
    frame,
    position: 4,
    quality: "lossy",
    rmse: 2,
    written_at: "2026-11-24T03:14:00.000Z",
  };
}

const kept = (name: string): KeptFrame => ({
  manifest: greyFrame(name),
  segments: greySlices(0).map(({ tile, resolution, layer, total, data }) => ({
    ...{ tile, resolution, layer, total },
    bytes: new Uint8Array(data),
  })),
});

const types = (messages: readonly ViewerMessage[]): string[] => messages.map(({ type }) => type);
const said = (to: ViewerClient, now = 1000): string[] => types(to.messagesToSend(now));

/** A page of the list: a connection on which nothing is open. */
function standing(): ViewerClient {
  const viewer = new ViewerClient(screen);
  viewer.connected(null);
  expect(viewer.messagesToSend(0)).toEqual([{ type: "hello", holdings: [], manifests: [], after: 0, viewport: null }]);
  return viewer;
}

function arrives(to: ViewerClient, name: string, handle: number): void {
  const manifest = greyFrame(name);
  to.receiveText({ type: "manifest", handle, instance: name, frame: 1, id: manifest.id, manifest });
  to.receiveBinary(encodeSlices(greySlices(handle)));
}

describe("without a study", () => {
  test("the opening request names none, and what is looked at waits for one", () => {
    const viewer = new ViewerClient({ width: 0.4, height: 99_999 });
    expect(viewer.openingQuery()).toBe("v=2&fresh=1&position=1&width=1&height=16384");
    viewer.lookAt(look);
    expect(viewer.looked).toBeNull();
    viewer.connected(null);
    expect(said(viewer)).toEqual(["hello"]);
  });
});

describe("a study opened on a connection that stands", () => {
  test("is asked for with its place and the screen, and the first look follows", () => {
    const viewer = standing();
    viewer.resize({ width: 720, height: 1000 });
    viewer.open(two, { have: greyManifest });
    viewer.lookAt(look);
    const messages = viewer.messagesToSend(1000);
    expect(messages).toMatchObject([
      { type: "open", ...two, width: 720, height: 1000, holdings: [], manifests: [], after: 0 },
      { type: "viewport", series: "1.2.1", position: 7 },
    ]);
    for (const each of messages) {
      expect(readViewerMessage(JSON.parse(JSON.stringify(writeViewerMessage(each))))).toEqual(each);
    }
  });

  test("states what was restored and never told, once", () => {
    const viewer = standing();
    arrives(viewer, "5.5", 1);
    viewer.messagesToSend(0);
    viewer.restoring();
    viewer.open(two);
    viewer.restored([kept("6.6")]);
    const [open] = viewer.messagesToSend(1000);
    expect(open).toMatchObject({ type: "open", holdings: [{ instance: "6.6", partial: [] }], manifests: [id] });
    viewer.leave();
    viewer.open(one);
    expect(viewer.messagesToSend(1000)).toMatchObject([
      { type: "leave" },
      { type: "open", holdings: [], manifests: [] },
    ]);
  });

  test("waits for what is being restored, and so do its look and its notes; acknowledgements do not", () => {
    const viewer = standing();
    viewer.restoring();
    viewer.open(two);
    viewer.lookAt(look);
    viewer.submitNote(note(1));
    arrives(viewer, "5.5", 1);
    expect(said(viewer, 1000)).toEqual(["ack"]);
    expect(viewer.nextDeadline()).toBeNull();
    viewer.restored([]);
    expect(said(viewer, 2000)).toEqual(["open", "note", "viewport"]);
  });

  test("and left before it could be asked for is never asked for", () => {
    const viewer = standing();
    viewer.restoring();
    viewer.open(two);
    viewer.leave();
    viewer.restored([kept("6.6")]);
    expect(said(viewer)).not.toContain("open");
    expect(viewer.place).toBeNull();
  });

  test("while two stores are read, waits for both", () => {
    const viewer = standing();
    viewer.restoring();
    viewer.open(one);
    viewer.restoring();
    viewer.open(two);
    viewer.restored([]);
    expect(said(viewer)).toEqual([]);
    viewer.restored([]);
    expect(viewer.messagesToSend(1000)).toMatchObject([{ type: "open", study: "1.2" }]);
  });

  test("generations rise from study to study", () => {
    const viewer = standing();
    const generations: number[] = [];
    for (const place of [one, two, one]) {
      viewer.open(place);
      viewer.lookAt({ ...look, series: place.series ?? "" });
      for (const each of viewer.messagesToSend(1000 * (generations.length + 1))) {
        if (each.type === "viewport") generations.push(each.generation);
      }
      viewer.leave();
    }
    expect(generations).toHaveLength(3);
    expect(generations).toEqual([...new Set(generations)].sort((a, b) => a - b));
  });
});

describe("hello", () => {
  test("waits for what is being restored, without asking to be asked again", () => {
    const viewer = new ViewerClient(screen);
    viewer.restoring();
    viewer.open(one);
    expect(viewer.openingQuery()).toContain("fresh=0");
    viewer.connected("1.1");
    viewer.lookAt({ ...look, series: "1.1.1" });
    expect(said(viewer)).toEqual([]);
    expect(viewer.nextDeadline()).toBeNull();
    const events = viewer.restored([kept("6.6"), kept("7.7")]);
    expect(events.filter(({ type }) => type === "segment")).toHaveLength(2);
    expect(viewer.messagesToSend(0)).toMatchObject([
      { type: "hello", holdings: [{ instance: "7.7" }, { instance: "6.6" }], viewport: { series: "1.1.1" } },
    ]);
  });

  test("states everything, and no open after it states any of that again", () => {
    const viewer = new ViewerClient(screen);
    viewer.open(one);
    viewer.restoring();
    viewer.restored([kept("6.6")]);
    viewer.connected("1.1");
    const [hello] = viewer.messagesToSend(0);
    expect(hello).toMatchObject({ type: "hello", holdings: [{ instance: "6.6" }], manifests: [id] });
    viewer.open(two);
    expect(viewer.messagesToSend(0)).toMatchObject([{ type: "open", holdings: [], manifests: [] }]);
    viewer.disconnected();
    viewer.connected("1.2");
    expect(viewer.messagesToSend(0)).toMatchObject([{ type: "hello", holdings: [{ instance: "6.6" }] }]);
  });

  test("more than a message has room for is left out, the oldest first", () => {
    const viewer = new ViewerClient(screen);
    viewer.restoring();
    viewer.restored(Array.from({ length: 2500 }, (_, at) => kept(`1.2.826.0.1.3680043.8.498.${1000 + at}`)));
    viewer.connected(null);
    const [hello] = viewer.messagesToSend(0);
    const stated = hello?.type === "hello" ? hello.holdings.map(({ instance }) => instance) : [];
    expect(stated[0]).toBe("1.2.826.0.1.3680043.8.498.3499");
    expect(stated.length).toBeGreaterThan(500);
    expect(stated.length).toBeLessThan(2500);
    expect(JSON.stringify(hello && writeViewerMessage(hello)).length).toBeLessThan(256 * 1024);
  });

  test("on a connection asked for another study, what is meant is opened behind it", () => {
    const viewer = new ViewerClient(screen);
    viewer.open(one);
    viewer.open(two);
    viewer.lookAt(look);
    viewer.submitNote(note(1));
    viewer.connected("1.1");
    const messages = viewer.messagesToSend(1000);
    expect(types(messages)).toEqual(["hello", "open", "note", "viewport"]);
    expect(messages).toMatchObject([{ after: 0, viewport: null }, { study: "1.2" }, {}, { series: "1.2.1" }]);
  });

  test("on a connection asked for a study that was left since, leaves it", () => {
    const viewer = new ViewerClient(screen);
    viewer.open(one);
    viewer.leave();
    viewer.connected("1.1");
    expect(said(viewer)).toEqual(["hello", "leave"]);
  });
});

describe("what is told of a study", () => {
  const layout = (study: string) => ({
    study,
    description: "",
    date: "",
    patient: { name: "", id: "", birth_date: "", sex: "" },
    series: [],
  });
  const changed = (sequence: number) =>
    ({
      type: "changes",
      changes: [{ sequence, kind: "study", at: "2026-11-24T03:14:00.000Z", note: null }],
      latest: sequence,
    }) as const;

  test("counts once the server has it open, and no longer once it is left", () => {
    const viewer = standing();
    viewer.open(one);
    expect(viewer.receiveText({ type: "study", study: layout("0.9") })).toEqual([]);
    expect(viewer.receiveText(changed(99))).toEqual([]);
    viewer.receiveText({ type: "opened", study: "1.1", latest: 4 });
    expect(viewer.receiveText({ type: "study", study: layout("1.1") })).toHaveLength(1);
    expect(viewer.receiveText(changed(5))).toHaveLength(1);
    expect(viewer.after).toBe(5);
    viewer.open(two);
    expect(viewer.receiveText(changed(6))).toEqual([]);
    expect(viewer.after).toBe(0);
    viewer.receiveText({ type: "opened", study: "1.2", latest: 0 });
    viewer.leave();
    expect(viewer.receiveText(changed(7))).toEqual([]);
    expect(viewer.after).toBe(0);
  });

  test("a layout that was told is not asked for again after a cut, nor are the changes that came since", () => {
    const viewer = standing();
    viewer.open(one);
    expect(viewer.openingQuery()).not.toContain("layout");
    viewer.receiveText({ type: "opened", study: "1.1", latest: 4 });
    expect(viewer.openingQuery()).not.toContain("layout");
    viewer.receiveText({ type: "study", study: layout("1.1") });
    viewer.receiveText(changed(5));
    viewer.disconnected();
    expect(viewer.openingQuery()).toContain("study=1.1&series=1.1.1&position=3");
    expect(viewer.openingQuery()).toContain("layout=5");
    viewer.open(two);
    expect(viewer.openingQuery()).not.toContain("layout");
  });

  test("is told anew on another connection, from the last change on", () => {
    const viewer = standing();
    viewer.open(one);
    viewer.receiveText({ type: "opened", study: "1.1", latest: 5 });
    viewer.receiveText(changed(5));
    viewer.disconnected();
    viewer.connected("1.1");
    expect(viewer.receiveText(changed(6))).toEqual([]);
    expect(viewer.messagesToSend(0)).toMatchObject([{ type: "hello", after: 5 }]);
  });
});

test("notes of a study that was left are not sent to another", () => {
  const viewer = standing();
  viewer.open(one);
  viewer.submitNote(note(1));
  viewer.disconnected();
  viewer.open(two);
  viewer.submitNote(note(2));
  viewer.connected("1.2");
  const sent = viewer.messagesToSend(0).flatMap((each) => (each.type === "note" ? each.id : []));
  expect(sent).toEqual([note(2).id]);
  viewer.leave();
  expect(viewer.notesWaiting).toEqual([]);
});

test("a manifest may be told by what differs from a handle that is known, and only from one", () => {
  const viewer = standing();
  const told = { type: "manifest", frame: 1, like: 1, manifest: {} } as const;
  arrives(viewer, "5.5", 1);
  const next = { ...told, handle: 2, instance: "5.6", id: "0123456789abcdef" };
  const [event] = viewer.receiveText(next);
  expect(event).toMatchObject({ frame: { manifest: { ...greyManifest, instance: "5.6", id: "0123456789abcdef" } } });
  viewer.receiveBinary(encodeSlices(greySlices(2)));
  expect(viewer.holdings.get({ instance: "5.6", frame: 1 })?.bytes).toBe(greyBytes);
  expect(() => viewer.receiveText({ ...next, like: 7 })).toThrow(/left out/);
});

describe("a page that is hidden", () => {
  test("says that nothing is wanted, of the study and of the worklist, and wants both again when it is seen", () => {
    const viewer = standing();
    viewer.open(two);
    viewer.lookAt(look);
    viewer.prefetch([key], 1000);
    viewer.messagesToSend(1000);
    viewer.hide(true);
    viewer.hide(true);
    expect(viewer.messagesToSend(2000)).toMatchObject([
      { type: "prefetch", frames: [key], bytes: 0 },
      { type: "viewport", paused: true },
    ]);
    viewer.lookAt({ ...look, position: 8 });
    expect(viewer.messagesToSend(3000)).toMatchObject([{ position: 8, paused: true }]);
    viewer.hide(false);
    expect(viewer.messagesToSend(4000)).toMatchObject([{ bytes: 1000 }, { type: "viewport", paused: false }]);
  });
});
