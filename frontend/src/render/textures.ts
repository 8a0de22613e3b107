/** Pure functions over a WebGL2 context: textures of tiles and of tables. */

import { cellOf, type Grid, type LevelSize, levelSize } from "./pyramid";
import { type DrawnTile, isBitmap } from "./tiles";

/** Sides of one layer are kept at or below this; WebGL2 guarantees 2048. */
const MOST_SIDE = 2048;

export type SampleFormat = "u8" | "u16" | "rgb8" | "rgba8" | "bitmap";

interface GlFormat {
  readonly internal: GLenum;
  readonly format: GLenum;
  readonly type: GLenum;
  readonly bytes: number;
}

function glFormat(gl: WebGL2RenderingContext, format: SampleFormat): GlFormat {
  const { UNSIGNED_BYTE: byte } = gl;
  switch (format) {
    case "u16":
      return { internal: gl.R16UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_SHORT, bytes: 2 };
    case "rgb8":
      return { internal: gl.RGB8UI, format: gl.RGB_INTEGER, type: byte, bytes: 3 };
    case "rgba8":
      return { internal: gl.RGBA8UI, format: gl.RGBA_INTEGER, type: byte, bytes: 4 };
    case "bitmap":
      return { internal: gl.RGBA8, format: gl.RGBA, type: byte, bytes: 4 };
    default:
      return { internal: gl.R8UI, format: gl.RED_INTEGER, type: byte, bytes: 1 };
  }
}

export function formatOf(tile: DrawnTile): SampleFormat {
  if (isBitmap(tile.data)) return "bitmap";
  if (tile.channels === 3) return "rgb8";
  if (tile.channels === 4) return "rgba8";
  return tile.data instanceof Uint16Array ? "u16" : "u8";
}

/** One level of a frame: an array texture whose layers are pieces of the level, plane after plane. */
export interface LevelTexture {
  readonly texture: WebGLTexture;
  readonly format: SampleFormat;
  readonly size: LevelSize;
  /** Samples of one layer. */
  readonly layerColumns: number;
  readonly layerRows: number;
  /** Layers across, and layers of one plane. */
  readonly across: number;
  readonly perPlane: number;
  readonly bytes: number;
}

export function createLevel(
  gl: WebGL2RenderingContext,
  grid: Grid,
  level: number,
  planes: number,
  format: SampleFormat,
): LevelTexture {
  const size = levelSize(grid, level);
  const across = Math.ceil(size.columns / MOST_SIDE);
  const down = Math.ceil(size.rows / MOST_SIDE);
  const layerColumns = Math.ceil(size.columns / across);
  const layerRows = Math.ceil(size.rows / down);
  const layers = across * down * planes;
  const { internal, bytes } = glFormat(gl, format);
  const texture = createArray(gl);
  gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, internal, layerColumns, layerRows, layers);
  return {
    texture,
    format,
    size,
    layerColumns,
    layerRows,
    across,
    perPlane: across * down,
    bytes: layerColumns * layerRows * layers * bytes,
  };
}

function createArray(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
  nearest(gl, gl.TEXTURE_2D_ARRAY);
  return texture;
}

function nearest(gl: WebGL2RenderingContext, target: GLenum): void {
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(target, name, gl.NEAREST);
  }
}

/** Writes one tile; a tile that lies across layers is written to each. Returns bytes sent. */
export function uploadTile(gl: WebGL2RenderingContext, level: LevelTexture, grid: Grid, tile: DrawnTile): number {
  const cell = cellOf(grid, tile);
  const left = (cell % grid.across) * level.size.strideColumns;
  const top = Math.floor(cell / grid.across) * level.size.strideRows;
  const right = left + tile.columns;
  const bottom = top + tile.rows;
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, level.texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  for (let y = top; y < bottom; y = nextEdge(y, level.layerRows)) {
    for (let x = left; x < right; x = nextEdge(x, level.layerColumns)) {
      const piece = {
        x,
        y,
        columns: Math.min(right, nextEdge(x, level.layerColumns)) - x,
        rows: Math.min(bottom, nextEdge(y, level.layerRows)) - y,
      };
      uploadPiece(gl, level, tile, piece, { left, top });
    }
  }
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, 0);
  return tile.columns * tile.rows * glFormat(gl, level.format).bytes;
}

function nextEdge(at: number, side: number): number {
  return (Math.floor(at / side) + 1) * side;
}

function uploadPiece(
  gl: WebGL2RenderingContext,
  level: LevelTexture,
  tile: DrawnTile,
  piece: { x: number; y: number; columns: number; rows: number },
  origin: { left: number; top: number },
): void {
  const { format, type } = glFormat(gl, level.format);
  const chunkX = Math.floor(piece.x / level.layerColumns);
  const chunkY = Math.floor(piece.y / level.layerRows);
  const layer = tile.plane * level.perPlane + chunkY * level.across + chunkX;
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, tile.columns);
  // Without it WebGL2 takes the piece's own height, and refuses rows skipped beyond it: nothing would be written.
  gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, tile.rows);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, piece.x - origin.left);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, piece.y - origin.top);
  const x = piece.x - chunkX * level.layerColumns;
  const y = piece.y - chunkY * level.layerRows;
  const target = gl.TEXTURE_2D_ARRAY;
  const { columns, rows } = piece;
  if (isBitmap(tile.data)) {
    gl.texSubImage3D(target, 0, x, y, layer, columns, rows, 1, format, type, tile.data);
  } else {
    gl.texSubImage3D(target, 0, x, y, layer, columns, rows, 1, format, type, tile.data);
  }
}

/** A single texel, for units the picture does not use: WebGL warns of empty ones. */
export function createBlank(gl: WebGL2RenderingContext, bitmap: boolean): WebGLTexture {
  const texture = createArray(gl);
  gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, bitmap ? gl.RGBA8 : gl.R8UI, 1, 1, 1);
  return texture;
}

/** A table as a texture 256 wide: unsigned 16-bit entries, or RGBA for a palette. */
export function createTable(
  gl: WebGL2RenderingContext,
  data: Uint8Array | Uint16Array,
  palette: boolean,
): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  nearest(gl, gl.TEXTURE_2D);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const entries = palette ? data.length / 3 : data.length;
  const rows = Math.ceil(entries / 256);
  if (palette) {
    const narrow = data instanceof Uint16Array ? 256 : 1;
    const texels = new Uint8Array(rows * 256 * 4);
    for (let i = 0; i < entries; i++) {
      for (let c = 0; c < 3; c++) texels[i * 4 + c] = (data[i * 3 + c] ?? 0) / narrow;
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    return texture;
  }
  const texels = new Uint16Array(rows * 256);
  texels.set(data);
  const { RED_INTEGER, UNSIGNED_SHORT } = gl;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, 256, rows, 0, RED_INTEGER, UNSIGNED_SHORT, texels);
  return texture;
}

/** Writes the map of levels, one texel a cell. */
export function writeLevelMap(
  gl: WebGL2RenderingContext,
  texture: WebGLTexture,
  grid: Grid,
  levels: Uint8Array<ArrayBuffer>,
): void {
  gl.bindTexture(gl.TEXTURE_2D, texture);
  nearest(gl, gl.TEXTURE_2D);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const { across, down } = grid;
  const { RED_INTEGER, UNSIGNED_BYTE } = gl;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, across, down, 0, RED_INTEGER, UNSIGNED_BYTE, levels);
}
