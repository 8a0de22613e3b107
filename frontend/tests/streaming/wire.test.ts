import { describe, expect, test } from "vitest";
import { StreamingError } from "../../src/streaming/errors";
import { readManifest, writeManifest } from "../../src/streaming/manifest";
import { writeOpening } from "../../src/streaming/opening";
import {
  type Opening,
  readServerMessage,
  readViewerMessage,
  writeServerMessage,
  writeViewerMessage,
} from "../../src/streaming/wire";
import { type Manifests, type Messages, vectors } from "../vectors";

const server = vectors<Messages>("server_messages");
const viewer = vectors<Messages>("viewer_messages");
const manifests = vectors<Manifests>("manifests");

describe("messages from the server", () => {
  test.each(server.messages)("$name is read and written byte for byte", ({ text }) => {
    expect(JSON.stringify(writeServerMessage(readServerMessage(JSON.parse(text))))).toBe(text);
  });
  test.each(server.refused)("$name is refused", ({ value }) => {
    expect(() => readServerMessage(value)).toThrow(StreamingError);
  });
});

describe("messages from the viewer", () => {
  test.each(viewer.messages)("$name is read and written byte for byte", ({ text }) => {
    expect(JSON.stringify(writeViewerMessage(readViewerMessage(JSON.parse(text))))).toBe(text);
  });
  test.each(viewer.refused)("$name is refused", ({ value }) => {
    expect(() => readViewerMessage(value)).toThrow(StreamingError);
  });
});

interface Openings {
  readonly openings: readonly (Opening & { readonly written: Readonly<Record<string, string>> })[];
}

describe("openings", () => {
  test.each(vectors<Openings>("openings").openings)("$written is written", ({ written, ...opening }) => {
    const { fresh, study, series, position, width, height, have, layout } = opening;
    const query = writeOpening({ fresh, study, series, position, width, height, have, layout });
    expect([...new URLSearchParams(query)]).toEqual(Object.entries(written));
  });
});

describe("manifests", () => {
  test.each(manifests.manifests)("$name is read and written byte for byte", ({ value }) => {
    expect(JSON.stringify(writeManifest(readManifest(value)))).toBe(JSON.stringify(value));
  });
  test.each(manifests.refused)("$name is refused", ({ value }) => {
    expect(() => readManifest(value)).toThrow(StreamingError);
  });
});

test("what is no object at all is refused", () => {
  for (const value of [null, 1, "ack", [], {}, { type: "__proto__" }, { type: "toString" }]) {
    expect(() => readServerMessage(value)).toThrow(StreamingError);
    expect(() => readViewerMessage(value)).toThrow(StreamingError);
  }
});
