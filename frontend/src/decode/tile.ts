/** A decoded tile: what the renderer uploads. */

export interface DecodedTile {
  readonly plane: number;
  /** Index in the manifest's tiles. */
  readonly tile: number;
  /** Left and top pixel in the frame, at full size (level 0). */
  readonly column: number;
  readonly row: number;
  /** Resolutions discarded: the tile's sides are halved this often, rounded up. */
  readonly level: number;
  /** Size of `data` in pixels, at `level`. */
  readonly columns: number;
  readonly rows: number;
  /** Components interleaved in `data`; 4 for an ImageBitmap. */
  readonly channels: 1 | 3 | 4;
  /** Coded samples (offset and planes not yet undone), or a picture of the browser's own decoder. */
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | ImageBitmap;
  /** Layers held at every resolution up to this level when it was decoded. */
  readonly layers: number;
  /** Layers held for each resolution when it was decoded, smallest first. */
  readonly held: readonly number[];
  /** Its digest was compared at full size with all layers held, and was equal. */
  readonly verified: boolean;
}

/** Bytes of memory that a decoded tile takes. */
export function decodedBytes(tile: DecodedTile): number {
  return "byteLength" in tile.data ? tile.data.byteLength : tile.columns * tile.rows * 4;
}
