/**
 * The VOI functions of DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3, as 0..1 for a modality value.
 *
 * The shader in `shaders.ts` computes the same; a browser test compares the two.
 */

export type VoiFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** C.11.2.1.2.1: the window spans center - 0.5 -/+ (width - 1) / 2. */
function linear(x: number, center: number, width: number): number {
  const half = (width - 1) / 2;
  if (x <= center - 0.5 - half) return 0;
  if (x > center - 0.5 + half) return 1;
  return (x - (center - 0.5)) / (width - 1) + 0.5;
}

/** C.11.2.1.3.2: the window spans center -/+ width / 2. */
function linearExact(x: number, center: number, width: number): number {
  if (x <= center - width / 2) return 0;
  if (x > center + width / 2) return 1;
  return (x - center) / width + 0.5;
}

/** C.11.2.1.3.1. */
function sigmoid(x: number, center: number, width: number): number {
  return 1 / (1 + Math.exp((-4 * (x - center)) / width));
}

/** The share of full white (0..1) of modality value `x`. `width` is at least 1 for LINEAR, above 0 else. */
export function applyWindow(kind: VoiFunction, x: number, center: number, width: number): number {
  if (kind === "SIGMOID") return sigmoid(x, center, width);
  if (kind === "LINEAR_EXACT") return linearExact(x, center, width);
  return linear(x, center, Math.max(width, 1));
}

/** The modality values between which a window is linear; undefined for a sigmoid, and for a step (width 1). */
export function linearBounds(kind: VoiFunction, center: number, width: number): readonly [number, number] | undefined {
  if (kind === "SIGMOID") return undefined;
  if (kind === "LINEAR_EXACT") return [center - width / 2, center + width / 2];
  const half = (width - 1) / 2;
  return half > 0 ? [center - 0.5 - half, center - 0.5 + half] : undefined;
}

/**
 * The entry of a LUT for input `x` (C.11.1.1, C.11.2.1.1): below the first entry the first, beyond the
 * last the last; between two entries (x comes from interpolated samples) in proportion.
 */
export function lookUp(table: Uint8Array | Uint16Array, first: number, x: number): number {
  const place = Math.min(Math.max(x - first, 0), table.length - 1);
  const lower = Math.floor(place);
  const low = table[lower] ?? 0;
  const high = table[Math.min(lower + 1, table.length - 1)] ?? low;
  return low + (high - low) * (place - lower);
}

/** PS3.3 C.7.6.3.1.2: YBR_FULL to RGB, all in sample values with full range 2**bits. */
export function ybrToRgb(y: number, cb: number, cr: number, bits: number): readonly [number, number, number] {
  const middle = 2 ** (bits - 1);
  const blue = cb - middle;
  const red = cr - middle;
  return [y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue];
}
