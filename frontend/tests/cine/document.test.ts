import { describe, expect, it } from "vitest";
import { MotionReader } from "../../src/cine/document";
import { fromHex, toHex, vectors } from "../vectors";

const vector = vectors<{ document: string; head: unknown; chunks: string[] }>("motion");
const bytes = fromHex(vector.document);

function block(value: unknown, payload = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const made = new Uint8Array(4 + text.length + payload.length);
  new DataView(made.buffer).setUint32(0, text.length);
  made.set(text, 4);
  made.set(payload, 4 + text.length);
  return made;
}

describe("MotionReader", () => {
  it("reads what the server writes", () => {
    const reader = new MotionReader();
    const chunks = reader.push(bytes);
    expect(reader.head).toEqual(vector.head);
    expect(chunks.map(({ data }) => toHex(data))).toEqual(vector.chunks);
    expect(chunks.map(({ frame }) => frame)).toEqual([1, 2, 3]);
    expect(reader.whole).toBe(true);
  });

  it("gives out each chunk with its last byte, however the bytes are cut", () => {
    for (const size of [1, 2, 3, 7, 64, 200]) {
      const reader = new MotionReader();
      const chunks: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        chunks.push(...reader.push(bytes.subarray(at, at + size)).map(({ data }) => toHex(data)));
      }
      expect(chunks).toEqual(vector.chunks);
      expect(reader.whole).toBe(true);
    }
    const reader = new MotionReader();
    expect(reader.push(bytes.subarray(0, bytes.length - 1))).toHaveLength(2);
    expect(reader.whole).toBe(false);
  });

  it("begins with any part", () => {
    const reader = new MotionReader();
    reader.push(block(vector.head));
    expect(reader.push(block({ first: 3, lengths: [2] }, Uint8Array.of(8, 9)))).toEqual([
      { frame: 3, data: Uint8Array.of(8, 9) },
    ]);
  });

  it.each([
    ["another format", block({ ...(vector.head as object), format: 2 })],
    ["no head", block({ first: 1, lengths: [1] })],
    ["no frames", block({ ...(vector.head as object), frames: 0 })],
    ["a page instead", new TextEncoder().encode("<!doctype html><title>Sign in</title>")],
    ["no JSON", Uint8Array.of(0, 0, 0, 2, 123, 123)],
  ])("refuses %s", (_, data) => {
    expect(() => new MotionReader().push(data)).toThrow();
  });

  it.each([
    ["frames beyond the last", { first: 3, lengths: [1, 1] }],
    ["a frame before the first", { first: 0, lengths: [1] }],
    ["a chunk of nothing", { first: 1, lengths: [0] }],
    ["a chunk beyond all measure", { first: 1, lengths: [1e9] }],
  ])("refuses a part with %s", (_, part) => {
    const reader = new MotionReader();
    reader.push(block(vector.head));
    expect(() => reader.push(block(part))).toThrow();
  });
});
