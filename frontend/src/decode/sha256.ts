/** SHA-256 (FIPS 180-4) where the browser has none: crypto.subtle is missing on plain http, as on a clinic's LAN. */

import { toBase64 } from "../streaming/base64";

/** Base64 digest of the bytes. */
export async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  return toBase64(subtle ? new Uint8Array(await subtle.digest("SHA-256", data)) : ownSha256(data));
}

/** Fractional parts of a root of the first primes, 32 bits each: how FIPS 180-4 4.2.2 and 5.3.3 define the constants. */
function primeRoots(count: number, root: (value: number) => number): Uint32Array {
  const result = new Uint32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let by = 2; by * by <= candidate; by++) prime &&= candidate % by !== 0;
    if (prime) result[found++] = (root(candidate) % 1) * 2 ** 32;
  }
  return result;
}

const ROUND = primeRoots(64, Math.cbrt);
const INITIAL = primeRoots(8, Math.sqrt);

export function ownSha256(data: Uint8Array): Uint8Array {
  const state = INITIAL.slice();
  const whole = data.length - (data.length % 64);
  // 5.1.1: the rest, a one bit, zeros, and the length in bits
  const tail = new Uint8Array(data.length % 64 < 56 ? 64 : 128);
  tail.set(data.subarray(whole));
  tail[data.length - whole] = 0x80;
  const length = new DataView(tail.buffer);
  length.setUint32(tail.length - 8, Math.floor(data.length / 2 ** 29));
  length.setUint32(tail.length - 4, data.length * 8);
  const words = new Uint32Array(64);
  for (let at = 0; at < whole; at += 64) compress(state, words, data, at);
  for (let at = 0; at < tail.length; at += 64) compress(state, words, tail, at);
  const result = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => {
    result.setUint32(index * 4, word);
  });
  return new Uint8Array(result.buffer);
}

const rotated = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function compress(state: Uint32Array, words: Uint32Array, data: Uint8Array, at: number): void {
  const view = new DataView(data.buffer, data.byteOffset + at, 64);
  for (let t = 0; t < 16; t++) words[t] = view.getUint32(t * 4);
  for (let t = 16; t < 64; t++) {
    const early = words[t - 15] as number;
    const late = words[t - 2] as number;
    const small0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const small1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    words[t] = (words[t - 16] as number) + small0 + (words[t - 7] as number) + small1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t++) {
    const big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + (ROUND[t] as number) + (words[t] as number)) | 0;
    const big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = (state[index] as number) + word;
  });
}
