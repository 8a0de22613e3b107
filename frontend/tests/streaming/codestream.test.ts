import { describe, expect, test } from "vitest";
import { assemble } from "../../src/streaming/assemble";
import { CodestreamError } from "../../src/streaming/errors";
import { joinScans } from "../../src/streaming/scans";
import { codestreams } from "../grey-frame";
import { fromHex, toHex, vectors } from "../vectors";

interface Scans {
  readonly scans: readonly string[];
  readonly joined: readonly { readonly scans_held: number; readonly hex: string }[];
}

const { scans, joined } = vectors<Scans>("scans");

describe.each(codestreams)("$name", ({ header, packets, layers, segments, assembled }) => {
  const held = (counts: readonly number[]): Uint8Array[][] =>
    counts.map((count, resolution) =>
      segments
        .filter((each) => each.resolution === resolution && each.layer < count)
        .sort((one, other) => one.layer - other.layer)
        .map(({ data }) => fromHex(data)),
    );

  test.each(assembled)("from $layers_held layers", ({ layers_held, hex }) => {
    expect(toHex(assemble(fromHex(header), packets, layers, held(layers_held)))).toBe(hex);
  });

  test("a layer or a resolution too many is refused", () => {
    const many = [Array.from({ length: layers + 1 }, () => new Uint8Array(1))];
    expect(() => assemble(fromHex(header), packets, layers, many)).toThrow(CodestreamError);
    const beyond = [...packets.map(() => []), [new Uint8Array(1)]];
    expect(() => assemble(fromHex(header), packets, layers, beyond)).toThrow(CodestreamError);
  });
});

describe("scans", () => {
  test.each(joined)("$scans_held joined", ({ scans_held, hex }) => {
    expect(toHex(joinScans(scans.slice(0, scans_held).map(fromHex)))).toBe(hex);
  });
  test("none are no picture", () => {
    expect(() => joinScans([])).toThrow(CodestreamError);
  });
});
