/** A progressive JPEG put together from its scans: the twin of `streaming/codestream/scans.py`. */

import { CodestreamError } from "./errors";

/** The scans held, from the first on, closed by EOI (T.81 B.1.1.3): a JPEG that every decoder reads. */
export function joinScans(scans: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (!scans.length) throw new CodestreamError("No scan is held yet: there is nothing to decode.");
  const length = scans.reduce((sum, each) => sum + each.length, 2);
  const result = new Uint8Array(length);
  let at = 0;
  for (const scan of scans) {
    result.set(scan, at);
    at += scan.length;
  }
  result.set([0xff, 0xd9], at);
  return result;
}
