/** What is acknowledged when, and what waits for the decoder; the numbers are those of `streaming/acks.py`. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as module from "../../src/streaming/acks";

const { ACK_BYTES, Acks, BACKLOG_BYTES, WITHHELD_MS } = module;
const OVER = BACKLOG_BYTES + 20_000;

test("constants are those of the Python twin, seconds there and milliseconds here", () => {
  const python = readFileSync(new URL("../../../streaming/acks.py", import.meta.url), "utf8");
  const found = [...python.matchAll(/^([A-Z]+)_([A-Z]+): Final = ([\d. *]+)$/gm)].map(([, name, unit, value]) => {
    const number = (value ?? "").split("*").reduce((all, factor) => all * Number(factor), 1);
    return unit === "SECONDS" ? [`${name}_MS`, number * 1000] : [`${name}_${unit}`, number];
  });
  const { Acks: _, ...ours } = module;
  expect(Object.fromEntries(found)).toEqual(ours);
});

describe("with a backlog within its bound", () => {
  test.each([
    ["one small message", [2000], 2000],
    ["two messages", [2000, 10], 2010],
    ["8 KiB", [ACK_BYTES], ACK_BYTES],
    ["nothing", [], null],
  ])("%s: at once", (_, messages, owed) => {
    for (const backlog of [0, BACKLOG_BYTES]) {
      const acks = new Acks();
      for (const bytes of messages) acks.take(bytes);
      expect(acks.owed(0, backlog)).toBe(owed);
      expect(acks.owed(0, backlog)).toBeNull();
      expect(acks.due).toBe(Infinity);
    }
  });
});

describe("with more waiting for the decoder", () => {
  test("what exceeds the bound is withheld, and acknowledged as it drains", () => {
    const acks = new Acks();
    for (let message = 0; message < 4; message++) acks.take(10_000);
    expect(acks.owed(0, OVER)).toBe(20_000);
    expect(acks.owed(1, OVER)).toBeNull();
    expect(acks.owed(2, OVER - 5000)).toBeNull();
    expect(acks.owed(3, OVER - 10_000)).toBe(30_000);
    expect(acks.owed(4, BACKLOG_BYTES)).toBe(40_000);
    expect(acks.due).toBe(Infinity);
  });

  test("a little is acknowledged each second, however long the decoder takes", () => {
    const acks = new Acks();
    acks.take(20_000);
    const told: [number, number][] = [];
    for (let now = 0; now < Infinity; now = acks.due) {
      const owed = acks.owed(now, 10 * OVER);
      if (owed !== null) told.push([now, owed]);
    }
    expect(told).toEqual([
      [WITHHELD_MS, ACK_BYTES],
      [2 * WITHHELD_MS, 2 * ACK_BYTES],
      [3 * WITHHELD_MS, 20_000],
    ]);
  });

  test("one small message is acknowledged once the backlog is gone", () => {
    const acks = new Acks();
    acks.take(2000);
    expect(acks.owed(50, OVER)).toBeNull();
    expect(acks.due).toBe(50 + WITHHELD_MS);
    expect(acks.owed(60, 0)).toBe(2000);
    expect(acks.due).toBe(Infinity);
  });

  test("never goes back, however much is found to wait", () => {
    const acks = new Acks();
    acks.take(10_000);
    expect(acks.owed(0, 0)).toBe(10_000);
    expect(acks.owed(1, 1e9)).toBeNull();
    expect(acks.due).toBe(Infinity);
    acks.take(100);
    expect(acks.owed(2, 1e9)).toBeNull();
    expect(acks.owed(2 + WITHHELD_MS, 1e9)).toBe(10_100);
  });
});
