import { describe, expect, it } from "vitest";
import type { FrameState } from "../../src/transport/frame-state";
import { badgeOf, bytesWords, dateWords, meaningWords, nameWords, scanWords, timeWords } from "../../src/viewer/words";
import { manifestOf } from "../render/scenes";

const frame: FrameState = {
  key: { instance: "1.2.3", frame: 1 },
  manifest: manifestOf(512, 512, 512),
  tiles: [],
  quality: "lossy",
  rmse: 3.21,
  best: { quality: "lossy", rmse: 3.21 },
  ratio: 24.4,
  bytes: 21_000,
  bytesToLossless: 150_000,
  complete: false,
  mismatch: false,
  unavailable: null,
};

describe("the badge", () => {
  it.each([
    ["WAITING", frame, false],
    ["LOSSY 24:1", frame, true],
    ["LOSSY 3.4:1", { ...frame, ratio: 3.44 }, true],
    ["PREVIEW", { ...frame, quality: "preview" }, true],
    ["LOSSLESS", { ...frame, quality: "lossless" }, true],
    ["MISMATCH", { ...frame, mismatch: true }, true],
    ["NOT SHOWN", { ...frame, unavailable: { code: "x", message: "m", mayRetry: false } }, true],
  ] as const)("says %s", (text, state, drawn) => {
    expect(badgeOf(state as FrameState, drawn).text).toBe(text);
  });

  it("names a source that was lossy before it came", () => {
    const manifest = manifestOf(
      8,
      8,
      8,
      {},
      {
        source: { transfer_syntax: "1.2.840.10008.1.2.4.50", bytes: 10, lossy: true },
      },
    );
    const badge = badgeOf({ ...frame, manifest, quality: "lossless" }, true);
    expect(badge.note).toBe("source: JPEG");
    expect(meaningWords(badge, frame)).toContain("was lost before cannot come back");
  });

  it("does not call a mapped picture lossless", () => {
    const mapping = { slope: 0.5, intercept: 0, exact: false, label: "Float samples were mapped to 16 bits." };
    const manifest = manifestOf(8, 8, 8, {}, { mapping });
    const badge = badgeOf({ ...frame, manifest, complete: true, quality: "lossless" }, true);
    expect(badge.text).toBe("COMPLETE · MAPPED");
    expect(meaningWords(badge, { ...frame, manifest })).toContain("mapped to 16 bits");
  });

  it("tells the error in grey levels", () => {
    expect(meaningWords(badgeOf(frame, true), frame)).toContain("about 3.2 of 255");
  });
});

describe("words", () => {
  it("writes dates so that no one mistakes them", () => {
    expect(dateWords("2026-11-24")).toBe("24 Nov 2026");
    expect(dateWords("")).toBe("");
  });

  it("writes the day only where it is another", () => {
    const now = new Date(2026, 10, 24, 12, 0);
    expect(timeWords(new Date(2026, 10, 24, 3, 14).toISOString(), now)).toBe("03:14");
    expect(timeWords(new Date(2026, 10, 23, 3, 4).toISOString(), now)).toBe("23 Nov, 03:04");
    expect(timeWords(new Date(2025, 10, 23, 3, 4).toISOString(), now)).toBe("23 Nov 2025, 03:04");
  });

  it.each([
    [640, "640 B"],
    [12_400, "12 kB"],
    [999_700, "1.0 MB"],
    [1_600_000, "1.6 MB"],
  ])("writes %i bytes as %s", (bytes, words) => {
    expect(bytesWords(bytes)).toBe(words);
  });

  it.each([
    ["DOE^Jane", "DOE, Jane"],
    ["DOE^Jane^M^Dr", "DOE, Jane M Dr"],
    ["OB", "OB"],
    ["", "Name not given"],
  ])("writes %s as %s", (name, words) => {
    expect(nameWords(name)).toBe(words);
  });
});

describe("what was scanned", () => {
  it.each([
    ["CR", "XRAY RIGHT HAND", "PA", "CR XRAY RIGHT HAND · PA"],
    ["MR", "abdomen^liver", "", "MR abdomen liver"],
    ["CT", "", "1.25 mm", "CT 1.25 mm"],
    ["CT", "CT head", "1.25 mm", "CT head · 1.25 mm"],
    ["DX", "Chest", "Chest", "DX Chest"],
    ["US", "", " ", "US No description"],
    ["", "Chest", "", "Chest"],
  ])("modality %j, study %j, series %j", (modality, study, series, words) => {
    expect(scanWords(modality, study, series)).toBe(words);
  });
});
