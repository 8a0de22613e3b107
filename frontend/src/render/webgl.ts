/**
 * The WebGL2 renderer: one triangle, integer textures, the whole display pipeline in the fragment shader.
 *
 * A change of window sets a few uniforms and uploads nothing. A lost context is survived: when it returns,
 * programs are compiled anew and tiles are uploaded again from what the decoder holds.
 */

import { FrameTextureCache, type FrameTextures } from "./frame-textures";
import { Pace } from "./pace";
import { type Constants, constants, type ReadyTable, tablesReady } from "./pipeline";
import { compile, type Program, setPresentation, UNITS } from "./programs";
import { type Grid, LEVELS, levelFor, NOTHING } from "./pyramid";
import { type Region, regionsOf } from "./regions";
import type { ProgramKind } from "./shaders";
import { createBlank, createTable, type LevelTexture, writeLevelMap } from "./textures";
import type { DrawnFrame, Placement, Renderer, RenderFigures, Scene } from "./tiles";

/** How its context is asked for: see-through where nothing is held, so that the Preview shows below. */
export const CONTEXT: WebGLContextAttributes = {
  alpha: true,
  antialias: false,
  depth: false,
  premultipliedAlpha: true,
  preserveDrawingBuffer: false,
};

/** Kind of picture, padding, and whether the browser decoded it: of nearly all frames. */
const LIKELY = [
  ["grey", false, false],
  ["grey", true, false],
  ["colour", false, false],
  ["colour", false, true],
] as const;

const keyOf = (kind: ProgramKind, padded: boolean, ybr: boolean): string =>
  JSON.stringify([
    kind.picture,
    kind.bitmap,
    kind.interleaved,
    kind.planes,
    kind.single,
    kind.chunked,
    kind.modalityLut,
    kind.voiLut,
    padded,
    ybr,
  ]);

export class WebglRenderer implements Renderer {
  readonly #gl: WebGL2RenderingContext;
  readonly #programs = new Map<string, Program>();
  readonly #tables = new Map<string, WebGLTexture>();
  readonly #blanks = new Map<boolean, WebGLTexture>();
  readonly #frames: FrameTextureCache;
  #levelMap: WebGLTexture | undefined;
  #chunked = false;
  #draws = 0;
  /** The drawing under way on the GPU. */
  #drawing:
    | { readonly sync: WebGLSync; readonly since: number; readonly fine: boolean; readonly pixels: number }
    | undefined;
  readonly pace = new Pace();
  #losses = 0;

  /**
   * @param budget bytes of picture textures kept
   * @param restored called when a lost context is back: draw again
   */
  constructor(
    gl: WebGL2RenderingContext,
    readonly canvas: HTMLCanvasElement,
    budget: number,
    public restored: () => void,
  ) {
    this.#gl = gl;
    this.#frames = new FrameTextureCache(gl, budget);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#losses += 1;
      this.#forget();
    });
    canvas.addEventListener("webglcontextrestored", () => this.restored());
  }

  #forget(): void {
    this.#programs.clear();
    this.#tables.clear();
    this.#blanks.clear();
    this.#frames.forget();
    this.#levelMap = undefined;
    this.#drawing = undefined;
  }

  resize(width: number, height: number): void {
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  draw(scene: Scene): boolean {
    const gl = this.#gl;
    if (gl.isContextLost()) return false;
    this.#draws += 1;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const { frame, placement, tables } = scene;
    if (!frame || !tablesReady(frame.manifest, tables)) return false;
    const wanted = levelFor(Math.max(placement.scaleX, placement.scaleY));
    const textures = this.#frames.sync(frame, wanted);
    const first = textures.levels.values().next().value;
    if (!first) return false;
    const drawn = textures.held.drawn(frame.manifest, wanted, scene.presentation);
    const numbers = constants(frame.manifest, scene.presentation, tables, drawn);
    const levels = textures.held.choose(wanted, drawn);
    this.#bindTables(numbers);
    this.#bindLevels(textures, levels, first.format === "bitmap");
    const ready = new Set<Program>();
    const prepared = (single: boolean) => {
      const program = this.#program(numbers, first, single);
      gl.useProgram(program.program);
      if (!ready.has(program)) this.#setUniforms(program, scene, frame, numbers, textures);
      ready.add(program);
      return program;
    };
    gl.enable(gl.SCISSOR_TEST);
    const { width, height } = this.canvas;
    for (const region of this.#regions(textures.held.grid, levels, placement, width, height)) {
      const { left, top, right, bottom, level } = region;
      const program = prepared(level !== undefined);
      if (level !== undefined) {
        gl.activeTexture(gl.TEXTURE0 + UNITS.uSingle);
        gl.bindTexture(gl.TEXTURE_2D_ARRAY, textures.levels.get(level)?.texture ?? null);
        gl.uniform1i(program.at("uLevel"), level);
      }
      gl.scissor(left, height - bottom, right - left, bottom - top);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
    gl.disable(gl.SCISSOR_TEST);
    this.#timeUntilDone(scene.fine);
    return !levels.includes(NOTHING);
  }

  #timeUntilDone(fine: boolean): void {
    const gl = this.#gl;
    if (this.#drawing) gl.deleteSync(this.#drawing.sync);
    const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    const pixels = this.canvas.width * this.canvas.height;
    this.#drawing = sync ? { sync, since: performance.now(), fine, pixels } : undefined;
    gl.flush();
  }

  busy(): boolean {
    const gl = this.#gl;
    const drawing = this.#drawing;
    if (!drawing || gl.isContextLost()) return false;
    if (gl.getSyncParameter(drawing.sync, gl.SYNC_STATUS) !== gl.SIGNALED) return true;
    gl.deleteSync(drawing.sync);
    this.#drawing = undefined;
    this.pace.took(performance.now() - drawing.since, drawing.fine, drawing.pixels);
    return false;
  }

  /** All at once where all tiles are held at one level, which is nearly always. */
  #regions(grid: Grid, levels: Uint8Array, placement: Placement, width: number, height: number): readonly Region[] {
    const level = levels[0];
    if (level !== undefined && level !== NOTHING && levels.every((each) => each === level)) {
      return [{ left: 0, top: 0, right: width, bottom: height, level }];
    }
    return regionsOf(grid, levels, placement, width, height);
  }

  #program(numbers: Constants, texture: LevelTexture, single: boolean): Program {
    const kind = {
      picture: numbers.kind,
      bitmap: texture.format === "bitmap",
      interleaved: numbers.kind === "colour" && numbers.planes.length === 1,
      planes: numbers.planes.length,
      single,
      chunked: this.#chunked,
      modalityLut: numbers.modality !== undefined,
      voiLut: numbers.voi !== undefined,
    };
    const padded = numbers.padding !== undefined;
    this.#compiled(kind, padded, numbers.ybr);
    return this.#programs.get(keyOf(kind, padded, numbers.ybr)) as Program;
  }

  /** Compiles a program; false where it is there already. */
  #compiled(kind: ProgramKind, padded: boolean, ybr: boolean): boolean {
    const key = keyOf(kind, padded, ybr);
    if (this.#programs.has(key)) return false;
    this.#programs.set(key, compile(this.#gl, kind, padded, ybr));
    return true;
  }

  #setUniforms(program: Program, scene: Scene, { manifest }: DrawnFrame, numbers: Constants, textures: FrameTextures) {
    const gl = this.#gl;
    const { at } = program;
    const { placement } = scene;
    const { grid } = textures.held;
    setPresentation(gl, program, numbers);
    gl.uniform4f(at("uPlacement"), placement.scaleX, placement.scaleY, placement.x, placement.y);
    gl.uniform1f(at("uHeight"), this.canvas.height);
    gl.uniform1i(at("uFine"), scene.fine ? 1 : 0);
    gl.uniform2i(at("uFrame"), manifest.columns, manifest.rows);
    gl.uniform2i(at("uTile"), grid.tileColumns, grid.tileRows);
    gl.uniform2i(at("uGrid"), grid.across, grid.down);
    for (const [level, { size, layerColumns, layerRows, across, perPlane }] of textures.levels) {
      gl.uniform4i(at(`uSize[${level}]`), size.columns, size.rows, layerColumns, layerRows);
      gl.uniform2i(at(`uStride[${level}]`), size.strideColumns, size.strideRows);
      gl.uniform2i(at(`uChunks[${level}]`), across, perPlane);
    }
  }

  #bindLevels({ held, levels }: FrameTextures, map: Uint8Array<ArrayBuffer>, bitmap: boolean): void {
    const gl = this.#gl;
    this.#chunked = [...levels.values()].some(({ perPlane }) => perPlane > 1);
    for (let level = 0; level < LEVELS; level++) {
      gl.activeTexture(gl.TEXTURE0 + level);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, levels.get(level)?.texture ?? this.#blank(bitmap));
    }
    gl.activeTexture(gl.TEXTURE0 + UNITS.uLevels);
    this.#levelMap ??= gl.createTexture();
    writeLevelMap(gl, this.#levelMap, held.grid, map);
  }

  #bindTables({ modality, voi, palette }: Constants): void {
    this.#bindTable(UNITS.uModalityLut, modality, false);
    this.#bindTable(UNITS.uVoiLut, voi, false);
    this.#bindTable(UNITS.uPalette, palette, true);
  }

  #blank(bitmap: boolean): WebGLTexture {
    let blank = this.#blanks.get(bitmap);
    if (!blank) {
      blank = createBlank(this.#gl, bitmap);
      this.#blanks.set(bitmap, blank);
    }
    return blank;
  }

  #bindTable(unit: number, table: ReadyTable | undefined, palette: boolean): void {
    if (!table) return;
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    let texture = this.#tables.get(table.id);
    if (!texture) {
      texture = createTable(gl, table.data, palette);
      this.#tables.set(table.id, texture);
    }
    gl.bindTexture(gl.TEXTURE_2D, texture);
  }

  figures(): RenderFigures {
    return {
      kind: "webgl2",
      uploads: this.#frames.uploads,
      uploadedBytes: this.#frames.uploadedBytes,
      gpuBytes: this.#frames.bytes,
      draws: this.#draws,
      contextLosses: this.#losses,
      refusals: this.#frames.refusals,
    };
  }

  /** Compiles a program that most pictures need, before there is one; false when all are there. */
  warm(): boolean {
    if (this.#gl.isContextLost()) return false;
    for (const [picture, padded, bitmap] of LIKELY) {
      const plain = { planes: 1, single: true, chunked: false, modalityLut: false, voiLut: false };
      const kind = { picture, bitmap, interleaved: picture === "colour", ...plain };
      if (this.#compiled(kind, padded, false)) return true;
    }
    return false;
  }

  /** Lets the pictures go; context and programs stay, for the next study. */
  dispose(): void {
    this.#frames.dispose();
    this.restored = () => undefined;
    this.#drawing = undefined;
    this.resize(1, 1);
  }
}
