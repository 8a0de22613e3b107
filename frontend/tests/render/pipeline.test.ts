import { describe, expect, it } from "vitest";
import { colour, constants, defaultPresentation, grey, paletteColour, tablesReady } from "../../src/render/pipeline";
import { manifestOf } from "./scenes";

const none = new Map<string, Uint8Array | Uint16Array>();
const id = "a".repeat(64);

describe("grey", () => {
  it("rescales before it windows", () => {
    const manifest = manifestOf(4, 4, 4, {
      slope: 2,
      intercept: -1000,
      unit: "HU",
      windows: [{ center: 40, width: 81 }],
    });
    const numbers = constants(manifest, defaultPresentation(manifest), none);
    // 520 * 2 - 1000 = 40; LINEAR spans -0.5 .. 79.5 with 39.5 in the middle.
    expect(grey(numbers, 520)).toBeCloseTo(0.5 + 0.5 / 80, 12);
    expect(grey(numbers, 0)).toBe(0);
    expect(grey(numbers, 4000)).toBe(1);
  });

  it("takes the coding's offset off first", () => {
    const manifest = manifestOf(4, 4, 4, { windows: [{ center: 0.5, width: 101 }] }, { offset: 1024, signed: true });
    const numbers = constants(manifest, defaultPresentation(manifest), none);
    expect(grey(numbers, 1024)).toBeCloseTo(0.5, 12);
  });

  it("turns MONOCHROME1 round", () => {
    const manifest = manifestOf(4, 4, 4, { inverted: true });
    const numbers = constants(manifest, defaultPresentation(manifest), none);
    expect(grey(numbers, 0)).toBe(1);
    expect(grey(numbers, 5000)).toBe(0);
  });

  it("looks modality and VOI values up, and waits for their tables", () => {
    const voi = "b".repeat(64);
    const manifest = manifestOf(4, 4, 4, {
      modality_lut: { id, entries: 3, first: 10 },
      voi_luts: [{ id: voi, entries: 2, first: 100, output_bits: 8 }],
    });
    const tables = new Map([[id, Uint16Array.of(100, 101, 300)]]);
    expect(tablesReady(manifest, tables)).toBe(false);
    expect(() => constants(manifest, defaultPresentation(manifest), tables)).toThrow("has not arrived");
    tables.set(voi, Uint16Array.of(0, 255));
    expect(tablesReady(manifest, tables)).toBe(true);
    const numbers = constants(manifest, defaultPresentation(manifest), tables);
    expect([0, 10, 11, 12].map((value) => grey(numbers, value))).toEqual([0, 0, 1, 1]);
    // A window instead of the table, after the modality LUT all the same.
    const windowed = constants(manifest, { center: 200.5, width: 201 }, tables);
    expect(grey(windowed, 10)).toBe(0);
    expect(grey(windowed, 12)).toBe(1);
  });

  it("keeps the low bits of 32-bit samples near the window", () => {
    const planes = [
      { shift: 16, layers: [0] },
      { shift: 0, layers: [0] },
    ];
    const tiles = planes.map((_, plane) => ({
      ...(plane > 0 && { plane }),
      column: 0,
      row: 0,
      columns: 4,
      rows: 4,
      sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      header: 0,
      bytes: [1],
    }));
    const middle = 3_000_000_000;
    const manifest = manifestOf(
      4,
      4,
      4,
      { windows: [{ center: middle, width: 11 }], voi_function: "LINEAR_EXACT" },
      { planes, tiles, bits_stored: 32 },
    );
    const numbers = constants(manifest, defaultPresentation(manifest), none);
    const sum = (value: number) =>
      numbers.planes.reduce((all, { scale, base }, p) => {
        const raw = p === 0 ? Math.floor(value / 65536) : value % 65536;
        return all + (raw - base) * scale;
      }, 0);
    expect(Math.abs(sum(middle + 3))).toBeLessThan(65536);
    expect(grey(numbers, sum(middle + 3))).toBeCloseTo(0.5 + 3 / 11, 9);
  });

  it("shows mapped samples in the units of the stored ones", () => {
    const mapping = { slope: 0.5, intercept: -10, exact: false, label: "Float samples were mapped to 16 bits." };
    const manifest = manifestOf(
      4,
      4,
      4,
      { slope: 2, intercept: 1, voi_function: "LINEAR_EXACT", windows: [{ center: 0, width: 10 }] },
      { mapping },
    );
    const numbers = constants(manifest, defaultPresentation(manifest), none);
    // coded 20 -> stored 0 -> modality 1
    expect(grey(numbers, 20)).toBeCloseTo(0.6, 12);
  });
});

describe("colour", () => {
  const rgb = { colour: "rgb", windows: [] };
  const three = { samples_per_pixel: 3, bits_stored: 8, photometric_interpretation: "RGB" };

  it("shows samples as they are by default, and stretches them by a window", () => {
    const manifest = manifestOf(4, 4, 4, rgb, three);
    const plain = constants(manifest, defaultPresentation(manifest), none);
    expect(colour(plain, 0, 51, 255)).toEqual([0, 0.2, 1]);
    const narrow = constants(manifest, { center: 100, width: 100 }, none);
    expect(colour(narrow, 50, 100, 150)).toEqual([0, 0.5, 1]);
  });

  it("looks palettes up by whole indices", () => {
    const manifest = manifestOf(4, 4, 4, { windows: [], palette: { id, entries: 2, first: 1, bits: 8 } });
    const tables = new Map([[id, Uint8Array.of(255, 0, 0, 0, 0, 255)]]);
    const numbers = constants(manifest, defaultPresentation(manifest), tables);
    expect([0, 1, 2, 9].map((index) => paletteColour(numbers, index))).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });
});
