/** The golden vectors that Python writes (tests/vectors): the contract between the two languages. */

import { readFileSync } from "node:fs";

export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

export const fromHex = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, "hex"));
export const toHex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

export interface Messages {
  readonly messages: readonly { readonly name: string; readonly value: unknown; readonly text: string }[];
  readonly refused: readonly { readonly name: string; readonly value: unknown }[];
}

export interface Manifests {
  readonly manifests: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly text?: string;
    /** Of a frame with a window plane: what is shown of so many layers of each plane. */
    readonly shown: readonly {
      readonly layers: readonly [number, number];
      readonly window: readonly [number, number] | null;
      readonly planes: number;
      readonly rmse: number;
    }[];
  }[];
  readonly refused: readonly { readonly name: string; readonly value: unknown }[];
}

/** Numbers from a seed, so that a property that fails fails again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) % below;
  };
}
