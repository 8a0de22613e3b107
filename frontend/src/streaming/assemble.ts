/** A valid J2K codestream from whatever segments are held: the twin of `streaming/codestream/assemble.py`. */

import { CodestreamError } from "./errors";

const SOT_BYTES = 12;

/**
 * The codestream of one tile.
 *
 * `header` is SOC to the last marker before SOT; `packets` counts the packets of one segment of each resolution;
 * `held` has for each resolution its whole segments, coarsest layer first. In the place of a missing segment
 * stands one zero byte a packet: an empty packet (T.800 B.9). A decoder given less would show nothing at all.
 */
export function assemble(
  header: Uint8Array,
  packets: readonly number[],
  layers: number,
  held: readonly (readonly Uint8Array[])[],
): Uint8Array<ArrayBuffer> {
  if (held.some((segments, resolution) => segments.length > (resolution < packets.length ? layers : 0))) {
    throw new CodestreamError("A segment is held that the tile does not have.");
  }
  let body = 0;
  for (let layer = 0; layer < layers; layer++) {
    packets.forEach((count, resolution) => {
      body += held[resolution]?.[layer]?.length ?? count;
    });
  }
  const length = SOT_BYTES + 2 + body;
  const result = new Uint8Array(header.length + length + 2);
  result.set(header);
  // SOT, Lsot = 10, Isot = 0, Psot, TPsot = 0, TNsot = 1 (T.800 A.4.2), SOD
  result.set([0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x93], header.length);
  new DataView(result.buffer).setUint32(header.length + 6, length);
  let at = header.length + SOT_BYTES + 2;
  for (let layer = 0; layer < layers; layer++) {
    packets.forEach((count, resolution) => {
      const segment = held[resolution]?.[layer];
      if (segment) result.set(segment, at);
      at += segment?.length ?? count;
    });
  }
  result.set([0xff, 0xd9], at);
  return result;
}
