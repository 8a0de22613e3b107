/** The textures of the frames drawn lately, within a byte budget: the least recently drawn go first. */

import { gridOf, HeldTiles, LEVELS } from "./pyramid";
import { createLevel, formatOf, type LevelTexture, uploadTile } from "./textures";
import type { DrawnFrame } from "./tiles";

/** One frame on the GPU. */
export interface FrameTextures {
  readonly held: HeldTiles;
  readonly levels: Map<number, LevelTexture>;
}

export class FrameTextureCache {
  /** In order of use, the latest last. */
  readonly #frames = new Map<string, FrameTextures>();
  uploads = 0;
  uploadedBytes = 0;
  refusals = 0;

  constructor(
    readonly gl: WebGL2RenderingContext,
    readonly budget: number,
  ) {}

  get bytes(): number {
    let sum = 0;
    for (const frame of this.#frames.values()) sum += bytesOf(frame);
    return sum;
  }

  /** The frame's textures with everything that `frame.tiles` has better; it becomes the latest used. */
  sync(frame: DrawnFrame, wanted: number): FrameTextures {
    let textures = this.#frames.get(frame.id);
    if (textures) this.#frames.delete(frame.id);
    else {
      const held = new HeldTiles(gridOf(frame.manifest), frame.manifest.planes.length);
      textures = { held, levels: new Map() };
    }
    this.#frames.set(frame.id, textures);
    const before = this.uploads;
    for (const tile of frame.tiles) {
      if (this.#needless(textures, tile, wanted) || !textures.held.accept(tile)) continue;
      let level = textures.levels.get(tile.level);
      if (!level) {
        const { grid, planes } = textures.held;
        level = createLevel(this.gl, grid, tile.level, planes, formatOf(tile));
        textures.levels.set(tile.level, level);
      }
      this.uploads += 1;
      this.uploadedBytes += uploadTile(this.gl, level, textures.held.grid, tile);
    }
    this.#evict(frame.id, textures, wanted);
    // A picture that did not fit would be black under a badge that says otherwise.
    if (this.uploads > before && this.gl.getError() !== this.gl.NO_ERROR && !this.gl.isContextLost()) {
      this.refusals += 1;
    }
    return textures;
  }

  /** A tile finer than the screen that says no more than what is there (it is sent when zoomed in). */
  #needless(textures: FrameTextures, tile: Parameters<HeldTiles["accept"]>[0], wanted: number): boolean {
    if (tile.level >= wanted || wanted >= LEVELS) return false;
    const { grid } = textures.held;
    const cell = Math.floor(tile.row / grid.tileRows) * grid.across + Math.floor(tile.column / grid.tileColumns);
    return textures.held.layersOf(tile.plane, wanted, cell) >= tile.layers;
  }

  #evict(keep: string, kept: FrameTextures, wanted: number): void {
    let bytes = this.bytes;
    for (const [id, frame] of this.#frames) {
      if (bytes <= this.budget) return;
      if (id === keep) continue;
      bytes -= bytesOf(frame);
      this.#delete(frame);
      this.#frames.delete(id);
    }
    // The frame alone is over: its levels coarser than what is drawn can go once nothing is drawn of them.
    if (bytes <= this.budget) return;
    // A window plane may be drawn alone.
    const drawn = new Set([...kept.held.choose(wanted), ...kept.held.choose(wanted, 1)]);
    for (const [level, texture] of kept.levels) {
      if (drawn.has(level) || level < wanted) continue;
      this.gl.deleteTexture(texture.texture);
      kept.levels.delete(level);
      kept.held.forget(level);
    }
  }

  /** All gone, as after a lost context. */
  forget(): void {
    this.refusals = 0;
    this.#frames.clear();
  }

  dispose(): void {
    for (const frame of this.#frames.values()) this.#delete(frame);
    this.#frames.clear();
  }

  #delete(frame: FrameTextures): void {
    for (const level of frame.levels.values()) this.gl.deleteTexture(level.texture);
  }
}

function bytesOf(frame: FrameTextures): number {
  let sum = 0;
  for (const level of frame.levels.values()) sum += level.bytes;
  return sum;
}
