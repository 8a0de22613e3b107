/** Overlay planes (PS3.3 C.9.2): bits over the picture, in the accent of annotations. */

import type { Tables } from "../render/tiles";
import type { Manifest } from "../streaming/manifest";

const COLOUR = [255, 214, 102, 230] as const;

/** Draws the overlays whose bits are here, one canvas pixel a frame pixel. */
export function drawOverlays(canvas: HTMLCanvasElement, manifest: Manifest, tables: Tables): void {
  canvas.width = manifest.columns;
  canvas.height = manifest.rows;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(manifest.columns, manifest.rows);
  for (const overlay of manifest.display.overlays) {
    const bits = tables.get(overlay.table);
    if (!bits) continue;
    for (let row = 0; row < overlay.rows; row++) {
      for (let column = 0; column < overlay.columns; column++) {
        const bit = row * overlay.columns + column;
        if ((((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0) continue;
        const x = overlay.column + column;
        const y = overlay.row + row;
        if (x < 0 || y < 0 || x >= manifest.columns || y >= manifest.rows) continue;
        image.data.set(COLOUR, (y * manifest.columns + x) * 4);
      }
    }
  }
  context.putImageData(image, 0, 0);
}
