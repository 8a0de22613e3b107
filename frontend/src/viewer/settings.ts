/** Budgets in one place: a 500-frame stack scrolled end to end twice stays under 200 MB of page memory. */

export interface ViewerSettings {
  /** Compressed segments kept in memory, bytes. */
  readonly segmentBytes: number;
  /** Decoded tiles kept in memory, bytes. */
  readonly decodedBytes: number;
  /** Picture textures kept on the GPU, bytes. */
  readonly gpuBytes: number;
  /** Device pixels a CSS pixel, at most: beyond 3 nothing is seen and everything costs. */
  readonly mostDensity: number;
}

const MB = 1_000_000;

export const SETTINGS: ViewerSettings = {
  segmentBytes: 40 * MB,
  decodedBytes: 32 * MB,
  gpuBytes: 20 * MB,
  mostDensity: 3,
};
