import { describe, expect, test } from "vitest";
import { ManifestError, StreamingError } from "../../src/streaming/errors";
import { readManifest, writeManifest } from "../../src/streaming/manifest";
import { applyChanges, type ManifestChanges } from "../../src/streaming/manifest-changes";
import { readServerMessage, writeServerMessage } from "../../src/streaming/wire";
import { greyManifest } from "../grey-frame";
import { type Manifests, vectors } from "../vectors";

const golden = vectors<Manifests>("manifests").manifests;
const plain = (manifest: unknown) => manifest as Record<string, unknown>;

/** What the server would tell: fields that differ, null for those that are not there any more. */
function between(known: Record<string, unknown>, next: Record<string, unknown>): ManifestChanges {
  const names = [...new Set([...Object.keys(known), ...Object.keys(next)])];
  const differ = names.filter((name) => JSON.stringify(known[name]) !== JSON.stringify(next[name]));
  return Object.fromEntries(
    differ.filter((name) => !["id", "instance", "frame"].includes(name)).map((name) => [name, next[name] ?? null]),
  );
}

describe("from any manifest to any other", () => {
  const pairs = golden.flatMap((one) => golden.map((other) => [one, other] as const));
  test.each(pairs)("$0.name to $1.name", (one, other) => {
    const next = plain(other.value);
    const changes = between(plain(one.value), next);
    const key = { instance: String(next.instance), frame: Number(next.frame) };
    const made = applyChanges(readManifest(one.value), changes, String(next.id), key);
    expect(writeManifest(made)).toEqual(writeManifest(readManifest(next)));
  });
});

test("the message that carries them is written as it was read", () => {
  const value = {
    ...{ type: "manifest", handle: 2, instance: "1.2", frame: 1, id: "0123456789abcdef", like: 1 },
    manifest: { warnings: ["One."], geometry: null },
  };
  expect(JSON.stringify(writeServerMessage(readServerMessage(value)))).toBe(JSON.stringify(value));
  expect(() => readServerMessage({ ...value, like: -1 })).toThrow(StreamingError);
  expect(() => readServerMessage({ ...value, extra: 1 })).toThrow(StreamingError);
});

describe("changes that are no changes of a manifest are refused", () => {
  const message = { type: "manifest", handle: 2, instance: "1.2", frame: 1, id: "0123456789abcdef", like: 1 };
  test.each([null, [], "none", 5, { id: "0123456789abcdef" }, { instance: "1.2" }, { frame: 1 }])("%j", (manifest) => {
    expect(() => readServerMessage({ ...message, manifest })).toThrow(StreamingError);
  });

  test.each([
    { rows: null },
    { rows: -1 },
    { rows: 23 },
    { tiles: [] },
    { tiles: "none" },
    { planes: null },
    { headers: {} },
    { version: 99 },
    { unknown: 1 },
    { ["__proto__"]: { rows: 1 }, coding: "gif" },
  ])("%j", (changes) => {
    const key = { instance: "1.2", frame: 1 };
    expect(() => applyChanges(greyManifest, changes, "0123456789abcdef", key)).toThrow(ManifestError);
    expect(greyManifest.rows).toBe(24);
  });
});
