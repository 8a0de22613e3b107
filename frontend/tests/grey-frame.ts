/** The frame of the golden manifests that has real segments: signed grey, one coded tile and one constant. */

import { type Manifest, readManifest } from "../src/streaming/manifest";
import type { SegmentSlice } from "../src/streaming/slices";
import { fromHex, type Manifests, vectors } from "./vectors";

export interface Codestream {
  readonly name: string;
  readonly source: string;
  readonly header: string;
  readonly packets: readonly number[];
  readonly layers: number;
  readonly segments: readonly { readonly resolution: number; readonly layer: number; readonly data: string }[];
  /** Layers held of each resolution, and what is made of them. */
  readonly assembled: readonly { readonly layers_held: readonly number[]; readonly hex: string }[];
}

export const codestreams = vectors<{ readonly codestreams: readonly Codestream[] }>("assemble").codestreams;

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("The vectors are empty.");
  return item;
}

const golden = readManifest(first(vectors<Manifests>("manifests").manifests).value);
/** SHA-256 of Pillow's decode of tests/vectors/sources/grey16.j2k. */
const sha256 = "dtN+tKTQqHa6fIzQN77hyK1+ZtBv9vmTyUXS1kWwJaQ=";

export const greyManifest: Manifest = {
  ...golden,
  tiles: golden.tiles.map((tile) => (tile.constant ? tile : { ...tile, sha256 })),
};
export const greyCodestream = first(codestreams);

/** The same coded tile as a lossy source's own, all of its frame. */
export function sourceManifest(): Manifest {
  const found = vectors<Manifests>("manifests").manifests.find(({ name }) => name === "j2k-source");
  return readManifest(found?.value);
}

/** The frame as another instance, e.g. for a stack. */
export function greyFrame(instance: string): Manifest {
  return { ...greyManifest, instance };
}

/** All segments of the coded tile in the order that they may be sent, cut into slices of at most `most` bytes. */
export function greySlices(handle: number, most = 16_384): SegmentSlice[] {
  return greyCodestream.segments.flatMap(({ resolution, layer, data }) => {
    const bytes = fromHex(data);
    const slices: SegmentSlice[] = [];
    for (let offset = 0; offset < bytes.length; offset += most) {
      const part = bytes.subarray(offset, offset + most);
      slices.push({ handle, tile: 0, layer, resolution, total: bytes.length, offset, data: part });
    }
    return slices;
  });
}

export const greyBytes = greyCodestream.segments.reduce((sum, { data }) => sum + data.length / 2, 0);
