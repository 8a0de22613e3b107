/** Compiling the shaders, and setting what they read: pure functions over a WebGL2 context. */

import type { Constants } from "./pipeline";
import { LEVELS } from "./pyramid";
import { fragment, type ProgramKind, VERTEX } from "./shaders";

export interface Program {
  readonly program: WebGLProgram;
  readonly at: (name: string) => WebGLUniformLocation | null;
}

/** Texture units, by the sampler's name. */
export const UNITS = {
  uLevels: LEVELS,
  uModalityLut: LEVELS + 1,
  uVoiLut: LEVELS + 2,
  uPalette: LEVELS + 3,
  uSingle: LEVELS + 4,
} as const;

export function compile(gl: WebGL2RenderingContext, kind: ProgramKind, padded: boolean, ybr: boolean): Program {
  const program = gl.createProgram();
  const stages: [GLenum, string][] = [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment(kind, padded, ybr)],
  ];
  for (const [stage, source] of stages) {
    const shader = gl.createShader(stage);
    if (!shader) continue; // the context is lost: linking tells
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const reasons = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`The picture's shader was refused: ${reasons.join(" ").trim()}`);
  }
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string) => {
    let place = places.get(name);
    if (place === undefined) {
      place = gl.getUniformLocation(program, name);
      places.set(name, place);
    }
    return place;
  };
  gl.useProgram(program);
  for (let level = 0; level < LEVELS; level++) gl.uniform1i(at(`uLevel${level}`), level);
  for (const [name, unit] of Object.entries(UNITS)) gl.uniform1i(at(name), unit);
  return { program, at };
}

/** Bounds that hold nothing back, within what a float can say. */
const ANY = [-3e38, 3e38] as const;

/** Everything that depends on the frame's rules and on the window. */
export function setPresentation(gl: WebGL2RenderingContext, { at }: Program, numbers: Constants): void {
  const plain = !numbers.modality && !numbers.voi && numbers.kind === "grey";
  numbers.planes.forEach(({ component, scale, base }, p) => {
    const weight = [0, 0, 0];
    weight[component] = scale;
    gl.uniform4f(at(`uPlane[${p}]`), weight[0] ?? 0, weight[1] ?? 0, weight[2] ?? 0, base);
  });
  // The center is taken off in double precision, so that wide samples keep their low bits near it.
  gl.uniform2f(at("uModality"), numbers.slope, plain ? numbers.intercept - numbers.center : numbers.intercept);
  gl.uniform2f(at("uWindow"), numbers.voi ? 0 : numbers.center, numbers.width);
  gl.uniform1i(at("uVoiFunction"), ["LINEAR", "LINEAR_EXACT", "SIGMOID"].indexOf(numbers.voiFunction));
  gl.uniform1i(at("uInverted"), numbers.inverted ? 1 : 0);
  gl.uniform1f(at("uBits"), 2 ** (numbers.bits - 1));
  if (numbers.padding) gl.uniform2f(at("uPadding"), numbers.padding[0], numbers.padding[1]);
  const [lowest, highest] = numbers.windowed ?? ANY;
  gl.uniform2f(at("uWindowed"), lowest, highest);
  const { modality, voi, palette } = numbers;
  if (modality) gl.uniform2f(at("uModalityRange"), modality.first, modality.data.length);
  if (voi) gl.uniform3f(at("uVoiRange"), voi.first, voi.data.length, voi.white);
  if (palette) gl.uniform2i(at("uPaletteRange"), palette.first, palette.data.length / 3);
}
