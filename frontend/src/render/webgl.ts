/**
 * The WebGL2 renderer: one triangle, integer textures, the whole display pipeline in the fragment shader.
 *
 * A change of window sets a few uniforms and uploads nothing. A lost context is survived: when it returns,
 * programs are compiled anew and tiles are uploaded again from what the decoder holds.
 */

import { FrameTextureCache, type FrameTextures } from "./frame-textures";
import { type Constants, constants, type ReadyTable, tablesReady } from "./pipeline";
import { compile, type Program, setPresentation, UNITS } from "./programs";
import { LEVELS, levelFor, NOTHING } from "./pyramid";
import { createBlank, createTable, writeLevelMap } from "./textures";
import type { Renderer, RenderFigures, Scene } from "./tiles";

/** How its context is asked for: see-through where nothing is held, so that the Preview shows below. */
export const CONTEXT: WebGLContextAttributes = {
  alpha: true,
  antialias: false,
  depth: false,
  premultipliedAlpha: true,
  preserveDrawingBuffer: false,
};

export class WebglRenderer implements Renderer {
  readonly #gl: WebGL2RenderingContext;
  readonly #programs = new Map<string, Program>();
  readonly #tables = new Map<string, WebGLTexture>();
  readonly #blanks = new Map<boolean, WebGLTexture>();
  readonly #frames: FrameTextureCache;
  #levelMap: WebGLTexture | undefined;
  #draws = 0;
  #losses = 0;

  /**
   * @param budget bytes of picture textures kept
   * @param restored called when a lost context is back: draw again
   */
  constructor(
    gl: WebGL2RenderingContext,
    readonly canvas: HTMLCanvasElement,
    budget: number,
    restored: () => void,
  ) {
    this.#gl = gl;
    this.#frames = new FrameTextureCache(gl, budget);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#losses += 1;
      this.#forget();
    });
    canvas.addEventListener("webglcontextrestored", restored);
  }

  #forget(): void {
    this.#programs.clear();
    this.#tables.clear();
    this.#blanks.clear();
    this.#frames.forget();
    this.#levelMap = undefined;
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
    const numbers = constants(frame.manifest, scene.presentation, tables);
    const levels = textures.held.choose(wanted);
    // Once all tiles are held at one level, which is nearly always, taps need no looking up.
    const alike = levels.every((level) => level === levels[0]);
    const only = alike ? textures.levels.get(levels[0] ?? NOTHING) : undefined;
    const single = only !== undefined && only.perPlane === 1;
    const program = this.#program(numbers, first.format, single);
    gl.useProgram(program.program);
    this.#bindLevels(program, textures, levels, first.format === "bitmap");
    if (single) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, only.texture);
      gl.uniform1i(program.at("uLevel"), levels[0] ?? 0);
    }
    this.#bindTable(UNITS.uModalityLut, numbers.modality, false);
    this.#bindTable(UNITS.uVoiLut, numbers.voi, false);
    this.#bindTable(UNITS.uPalette, numbers.palette, true);
    setPresentation(gl, program, numbers);
    gl.uniform4f(program.at("uPlacement"), placement.scaleX, placement.scaleY, placement.x, placement.y);
    gl.uniform1f(program.at("uHeight"), this.canvas.height);
    gl.uniform2i(program.at("uFrame"), frame.manifest.columns, frame.manifest.rows);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return !levels.includes(NOTHING);
  }

  #program(numbers: Constants, format: string, single: boolean): Program {
    const kind = {
      picture: numbers.kind,
      bitmap: format === "bitmap",
      interleaved: numbers.kind === "colour" && numbers.planes.length === 1,
      planes: numbers.planes.length,
      single,
      modalityLut: numbers.modality !== undefined,
      voiLut: numbers.voi !== undefined,
    };
    const padded = numbers.padding !== undefined;
    const key = JSON.stringify([kind, padded, numbers.ybr]);
    let program = this.#programs.get(key);
    if (!program) {
      program = compile(this.#gl, kind, padded, numbers.ybr);
      this.#programs.set(key, program);
    }
    return program;
  }

  #bindLevels(program: Program, { held, levels }: FrameTextures, map: Uint8Array<ArrayBuffer>, bitmap: boolean): void {
    const gl = this.#gl;
    for (let level = 0; level < LEVELS; level++) {
      const texture = levels.get(level);
      gl.activeTexture(gl.TEXTURE0 + level);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture?.texture ?? this.#blank(bitmap));
      if (!texture) continue;
      const { size, layerColumns, layerRows } = texture;
      const at = (name: string) => program.at(`${name}[${level}]`);
      gl.uniform4i(at("uSize"), size.columns, size.rows, layerColumns, layerRows);
      gl.uniform2i(at("uStride"), size.strideColumns, size.strideRows);
      gl.uniform2i(at("uChunks"), texture.across, texture.perPlane);
    }
    gl.activeTexture(gl.TEXTURE0 + UNITS.uLevels);
    this.#levelMap ??= gl.createTexture();
    writeLevelMap(gl, this.#levelMap, held.grid, map);
    const { grid } = held;
    gl.uniform2i(program.at("uTile"), grid.tileColumns, grid.tileRows);
    gl.uniform2i(program.at("uGrid"), grid.across, grid.down);
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
    };
  }

  dispose(): void {
    this.#frames.dispose();
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
