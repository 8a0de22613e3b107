/**
 * Which parts of the screen can be drawn without looking up, tap by tap, whose tile it falls into.
 *
 * Inside a tile, and towards neighbours of its own level, every tap falls into that level. Only strips along
 * neighbours of another level need the program that looks up, which costs a phone many times more.
 */

import { type Grid, NOTHING } from "./pyramid";
import type { Placement } from "./tiles";

/** A rectangle in device pixels from the top left, and the level to draw there; undefined: look up. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly level: number | undefined;
}

/** Samples around a point that its taps reach, and a little more. */
const REACH = 2.5;

/** Regions that cover every tile held and on the screen, without overlap. */
export function regionsOf(
  grid: Grid,
  levels: Uint8Array,
  { scaleX, scaleY, x, y }: Placement,
  width: number,
  height: number,
): readonly Region[] {
  const regions: Region[] = [];
  const levelAt = (column: number, row: number) =>
    column < 0 || row < 0 || column >= grid.across || row >= grid.down ? undefined : levels[row * grid.across + column];
  const edge = (at: number, most: number) => Math.min(Math.max(Math.round(at), 0), most);
  for (let row = 0; row < grid.down; row++) {
    for (let column = 0; column < grid.across; column++) {
      const level = levelAt(column, row) ?? NOTHING;
      if (level === NOTHING) continue;
      const left = edge(x + column * grid.tileColumns * scaleX, width);
      const right = edge(x + Math.min((column + 1) * grid.tileColumns, grid.columns) * scaleX, width);
      const top = edge(y + row * grid.tileRows * scaleY, height);
      const bottom = edge(y + Math.min((row + 1) * grid.tileRows, grid.rows) * scaleY, height);
      if (left >= right || top >= bottom) continue;
      /** Whether the side of the tile towards (dx, dy) has a neighbour of another level, corners included. */
      const differs = (dx: number, dy: number) =>
        [-1, 0, 1].some((step) => {
          const other = levelAt(column + (dx || step), row + (dy || step));
          return other !== undefined && other !== level;
        });
      const reach = (scale: number) => Math.ceil(REACH * 2 ** level * scale) + 2;
      const across = reach(scaleX);
      const down = reach(scaleY);
      const x0 = differs(-1, 0) ? Math.min(left + across, right) : left;
      const x1 = differs(1, 0) ? Math.max(right - across, x0) : right;
      const y0 = differs(0, -1) ? Math.min(top + down, bottom) : top;
      const y1 = differs(0, 1) ? Math.max(bottom - down, y0) : bottom;
      const whole = [
        { left, top, right, bottom: y0, level: undefined },
        { left, top: y0, right: x0, bottom: y1, level: undefined },
        { left: x0, top: y0, right: x1, bottom: y1, level },
        { left: x1, top: y0, right, bottom: y1, level: undefined },
        { left, top: y1, right, bottom, level: undefined },
      ];
      regions.push(...whole.filter((each) => each.left < each.right && each.top < each.bottom));
    }
  }
  return regions;
}
