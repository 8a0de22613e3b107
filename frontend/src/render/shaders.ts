/**
 * The shader sources: one vertex stage, and a fragment stage put together for a kind of picture.
 *
 * The fragment stage mirrors `sampler.ts` (which samples) and `pipeline.ts` (what they become) line by line;
 * a browser test holds the two together. Everything before the canvas is float32: no 8-bit step.
 */

import type { PictureKind } from "./pipeline";
import { LEVELS } from "./pyramid";

export const VERTEX = `#version 300 es
void main() {
  // One triangle that covers the screen.
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/** What decides which program is needed. */
export interface ProgramKind {
  readonly picture: PictureKind;
  /** RGBA8 textures of the browser's own decoder, instead of integer ones. */
  readonly bitmap: boolean;
  /** Channels interleaved in one texture. */
  readonly interleaved: boolean;
  readonly planes: number;
  /** Drawn where every tap falls into tiles of one level: no map of levels, and no looking up whose a tap is. */
  readonly single: boolean;
  /** A level is larger than one layer of its texture. */
  readonly chunked: boolean;
  readonly modalityLut: boolean;
  readonly voiLut: boolean;
}

const range = Array.from({ length: LEVELS }, (_, level) => level);

function fetches(single: boolean): string {
  if (single) return "return texelFetch(uSingle, at, 0);";
  const cases = range.slice(0, -1).map((level) => `if (level == ${level}) return texelFetch(uLevel${level}, at, 0);`);
  return [...cases, `return texelFetch(uLevel${LEVELS - 1}, at, 0);`].join("\n  ");
}

const SAMPLING = `
#ifdef SINGLE
int levelOf(ivec2 cell) { return uLevel; }
#else
int levelOf(ivec2 cell) { return int(texelFetch(uLevels, cell, 0).r); }
#endif

vec3 raw(int level, ivec2 q) {
#ifndef CHUNKED
  ivec3 at = ivec3(q, 0);
#else
  ivec4 size = uSize[level];
  ivec2 chunk = q / size.zw;
  ivec3 at = ivec3(q - chunk * size.zw, chunk.y * uChunks[level].x + chunk.x);
#endif
#ifdef INTERLEAVED
  return toNumbers(fetch(level, at).rgb);
#else
  vec3 sum = vec3(0.0);
  for (int p = 0; p < PLANES; p++) {
    float sample_ = toNumbers(fetch(level, at).rgb).r;
    sum += uPlane[p].xyz * (sample_ - uPlane[p].w);
    at.z += uChunks[level].y;
  }
  return sum;
#endif
}

#ifdef PALETTE
vec3 paletteColour(float sum) {
  int index = int(round(sum * uModality.x + uModality.y)) - uPaletteRange.x;
  index = clamp(index, 0, uPaletteRange.y - 1);
  return texelFetch(uPalette, ivec2(index & 255, index >> 8), 0).rgb;
}
vec3 value(int level, ivec2 q) { return paletteColour(raw(level, q).r); }
#else
vec3 value(int level, ivec2 q) { return raw(level, q); }
#endif

vec3 inside(int level, ivec2 cell, ivec2 q) {
  ivec2 first = cell * uStride[level];
  ivec2 last = min(first + uStride[level], uSize[level].xy) - 1;
  return value(level, clamp(q, first, last));
}

vec3 point(int level, ivec2 cell, vec2 inCell) {
  ivec2 q = cell * uStride[level] + ivec2(floor(inCell / float(1 << level) + 0.5));
  return inside(level, cell, q);
}

ivec2 cellAt(int level, ivec2 q) { return min(q / uStride[level], uGrid - 1); }

vec3 coarser(int level, ivec2 cell, vec2 inCell) {
  float step_ = float(1 << level);
  vec2 u = inCell / step_;
  vec2 t = fract(u);
  vec3 sum = vec3(0.0);
  for (int k = 0; k < 4; k++) {
    ivec2 d = ivec2(k & 1, k >> 1);
    ivec2 q = clamp(cell * uStride[level] + ivec2(floor(u)) + d, ivec2(0), uSize[level].xy - 1);
    ivec2 other = cellAt(level, q);
    int otherLevel = levelOf(other);
    vec3 found;
    if (otherLevel == level) found = value(level, q);
    else if (otherLevel == NOTHING) found = inside(level, cell, q);
    else found = point(otherLevel, other, vec2(q - other * uStride[level]) * step_);
    vec2 w = mix(1.0 - t, t, vec2(d));
    sum += w.x * w.y * found;
  }
  return sum;
}

vec3 tap(int level, ivec2 cell, ivec2 q) {
  q = clamp(q, ivec2(0), uSize[level].xy - 1);
#ifdef SINGLE
  return value(level, q);
#else
  ivec2 other = cellAt(level, q);
  if (other == cell) return value(level, q);
  int otherLevel = levelOf(other);
  if (otherLevel == level) return value(level, q);
  if (otherLevel == NOTHING) return inside(level, cell, q);
  vec2 inCell = vec2(q - other * uStride[level]) * float(1 << level);
  if (otherLevel < level) return point(otherLevel, other, inCell);
  return coarser(otherLevel, other, inCell);
#endif
}

bool isPadding(vec3 v) {
#ifdef PADDED
  return v.r >= uPadding.x && v.r <= uPadding.y;
#else
  return false;
#endif
}

// The tap as it is blended: a padded one takes no part, others stay within the window where that comes first.
vec3 blended(vec3 v, vec3 nearest) { return clamp(isPadding(v) ? nearest : v, uWindowed.x, uWindowed.y); }

vec4 cubic(float t) {
  return vec4(((-0.5 * t + 1.0) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1.0,
              ((-1.5 * t + 2.0) * t + 0.5) * t, (0.5 * t - 0.5) * t * t);
}

// rgb: the value. a: 0 nothing held, 1 padding, 2 a value.
vec4 pointAt(vec2 at, float scale) {
  ivec2 cell = clamp(ivec2(floor(at / vec2(uTile))), ivec2(0), uGrid - 1);
  int level = levelOf(cell);
  if (level == NOTHING) return vec4(0.0);
  float step_ = float(1 << level);
  vec2 s = vec2(cell * uStride[level]) + (at - vec2(cell * uTile) - 0.5) / step_;
  ivec2 base = ivec2(floor(s));
  vec2 t = s - floor(s);
  bool smooth_ = uFine && scale * step_ > 1.0;
  int taps = smooth_ ? 4 : 2;
  base -= smooth_ ? 1 : 0;
  vec4 across = smooth_ ? cubic(t.x) : vec4(1.0 - t.x, t.x, 0.0, 0.0);
  vec4 down = smooth_ ? cubic(t.y) : vec4(1.0 - t.y, t.y, 0.0, 0.0);
  ivec2 middle = ivec2(floor(s + 0.5));
  vec3 sum = vec3(0.0);
  // Far from the tile's edges, that is nearly everywhere, no tap needs looking up whose it is. These are two
  // loops with a branch around them, because a branch within would make some drivers run both sides.
  ivec2 first = cell * uStride[level];
  ivec2 last = min(first + uStride[level], uSize[level].xy);
  bool within = all(greaterThanEqual(base, first)) && all(lessThanEqual(base + taps, last));
  vec3 nearest;
  vec3 low;
  vec3 high;
  if (within) {
    nearest = value(level, middle);
    if (isPadding(nearest)) return vec4(0.0, 0.0, 0.0, 1.0);
    low = blended(nearest, nearest);
    high = low;
    for (int j = 0; j < taps; j++) {
      for (int i = 0; i < taps; i++) {
        vec3 v = blended(value(level, base + ivec2(i, j)), nearest);
        sum += across[i] * down[j] * v;
        low = min(low, v);
        high = max(high, v);
      }
    }
  } else {
    nearest = tap(level, cell, middle);
    if (isPadding(nearest)) return vec4(0.0, 0.0, 0.0, 1.0);
    low = blended(nearest, nearest);
    high = low;
    for (int j = 0; j < taps; j++) {
      for (int i = 0; i < taps; i++) {
        vec3 v = blended(tap(level, cell, base + ivec2(i, j)), nearest);
        sum += across[i] * down[j] * v;
        low = min(low, v);
        high = max(high, v);
      }
    }
  }
  return vec4(clamp(sum, low, high), 2.0);
}

vec4 areaAt(vec2 at, float scale) {
  ivec2 cell = clamp(ivec2(floor(at / vec2(uTile))), ivec2(0), uGrid - 1);
  int level = levelOf(cell);
  float size = scale * float(1 << min(level, 16));
  int points = clamp(int(ceil(1.0 / size - 0.5)), 1, 4);
  if (points == 1 || !uFine) return pointAt(at, scale);
  vec3 sum = vec3(0.0);
  float counted = 0.0;
  float kind = 0.0;
  for (int j = 0; j < points; j++) {
    for (int i = 0; i < points; i++) {
      vec2 d = ((vec2(i, j) + 0.5) / float(points) - 0.5) / scale;
      vec4 v = pointAt(at + d, scale);
      kind = max(kind, v.a);
      if (v.a == 2.0) { sum += v.rgb; counted += 1.0; }
    }
  }
  return vec4(sum / max(counted, 1.0), kind);
}`;

const GREY = `
float lookUp(usampler2D table, vec2 firstAndCount, float x) {
  float place = clamp(x - firstAndCount.x, 0.0, firstAndCount.y - 1.0);
  int low = int(floor(place));
  int high = min(low + 1, int(firstAndCount.y) - 1);
  float a = float(texelFetch(table, ivec2(low & 255, low >> 8), 0).r);
  float b = float(texelFetch(table, ivec2(high & 255, high >> 8), 0).r);
  return mix(a, b, place - floor(place));
}

// PS3.3 C.11.2.1.2 and C.11.2.1.3; d is the modality value less the center.
float window_(float d) {
  float width = uWindow.y;
  if (uVoiFunction == 2) return 1.0 / (1.0 + exp(-4.0 * d / width));
  if (uVoiFunction == 1) {
    if (d <= -width * 0.5) return 0.0;
    if (d > width * 0.5) return 1.0;
    return d / width + 0.5;
  }
  float w = max(width, 1.0) - 1.0;
  if (d <= -0.5 - w * 0.5) return 0.0;
  if (d > -0.5 + w * 0.5) return 1.0;
  return (d + 0.5) / w + 0.5;
}

vec3 shade(vec3 v) {
#ifdef MODALITY_LUT
  float d = lookUp(uModalityLut, uModalityRange, v.r * uModality.x + uModality.y) - uWindow.x;
#else
  float d = v.r * uModality.x + uModality.y; // the center is already off
#endif
#ifdef VOI_LUT
  float y = lookUp(uVoiLut, uVoiRange.xy, d) / uVoiRange.z;
#else
  float y = window_(d);
#endif
  return vec3(uInverted ? 1.0 - y : y);
}`;

const COLOUR = `
vec3 shade(vec3 v) {
#ifdef YBR
  float middle = uBits;
  v = vec3(v.x + 1.402 * (v.z - middle),
           v.x - 0.344136 * (v.y - middle) - 0.714136 * (v.z - middle),
           v.x + 1.772 * (v.y - middle));
#endif
  vec3 y = clamp((v - uWindow.x + uWindow.y * 0.5) / uWindow.y, 0.0, 1.0);
  return uInverted ? 1.0 - y : y;
}`;

const PALETTE = `
vec3 shade(vec3 v) { return v; }`;

/** The fragment stage for one kind of picture; `padded` and `ybr` as the manifest says. */
export function fragment(kind: ProgramKind, padded: boolean, ybr: boolean): string {
  const sampler = kind.bitmap ? "sampler2DArray" : "usampler2DArray";
  const texel = kind.bitmap ? "vec4" : "uvec4";
  const triple = kind.bitmap ? "vec3" : "uvec3";
  const numbers = kind.bitmap ? "floor(v * 255.0 + 0.5)" : "vec3(v)";
  const defines = [
    kind.single && "SINGLE",
    kind.chunked && "CHUNKED",
    kind.interleaved && "INTERLEAVED",
    kind.picture === "palette" && "PALETTE",
    padded && kind.picture === "grey" && "PADDED",
    kind.modalityLut && "MODALITY_LUT",
    kind.voiLut && "VOI_LUT",
    ybr && "YBR",
  ].filter((name) => name !== false);
  const shades = { grey: GREY, colour: COLOUR, palette: PALETTE };
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler};
precision highp usampler2D;
precision highp sampler2D;
${defines.map((name) => `#define ${name}`).join("\n")}
#define PLANES ${kind.planes}
#define NOTHING 255
uniform vec4 uPlacement; // scale, then offset, in device pixels
uniform float uHeight;   // of the drawing surface
uniform ivec2 uFrame;
uniform ivec2 uTile;
uniform ivec2 uGrid;
uniform int uLevel;
uniform ${sampler} uSingle;
uniform usampler2D uLevels;
${range.map((level) => `uniform ${sampler} uLevel${level};`).join("\n")}
uniform ivec4 uSize[${LEVELS}];   // samples, then samples of one layer of the array
uniform ivec2 uStride[${LEVELS}];
uniform ivec2 uChunks[${LEVELS}]; // layers across, layers of one plane
uniform vec4 uPlane[PLANES];      // what one step adds to each component; taken off first
uniform vec2 uPadding;
uniform vec2 uWindowed;           // bounds of a tap
uniform vec2 uModality;           // slope, intercept
uniform vec2 uWindow;             // center, width
uniform int uVoiFunction;
uniform bool uInverted;
uniform bool uFine;
uniform float uBits;              // the middle of the range of samples
uniform usampler2D uModalityLut;
uniform vec2 uModalityRange;      // first, count
uniform usampler2D uVoiLut;
uniform vec3 uVoiRange;           // first, count, full white
uniform sampler2D uPalette;
uniform ivec2 uPaletteRange;
out vec4 colour;

vec3 toNumbers(${triple} v) { return ${numbers}; }
${texel} fetch(int level, ivec3 at) {
  ${fetches(kind.single)}
}
${SAMPLING}
${shades[kind.picture]}
void main() {
  vec2 screen = vec2(gl_FragCoord.x, uHeight - gl_FragCoord.y);
  vec2 at = (screen - uPlacement.zw) / uPlacement.xy;
  if (any(lessThan(at, vec2(0.0))) || any(greaterThanEqual(at, vec2(uFrame)))) {
    colour = vec4(0.0);
    return;
  }
  vec4 v = areaAt(at, max(uPlacement.x, uPlacement.y));
  if (v.a == 0.0) colour = vec4(0.0);
  else if (v.a == 1.0) colour = vec4(0.0, 0.0, 0.0, 1.0);
  else colour = vec4(shade(v.rgb), 1.0);
}`;
}
