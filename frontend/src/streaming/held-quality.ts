/** What a frame would look like if all that is held of it were decoded, fitted to a screen. */

import type { HeldFrame } from "./holdings";
import { type Shown, shownQuality } from "./quality";
import { discardedResolutions, fittedScale, resolutionsOf, shownResolutions, whole } from "./viewport";

export function heldQuality(frame: HeldFrame, width: number, height: number): Shown {
  const { manifest } = frame;
  const scale = fittedScale(manifest, width, height);
  const discarded = discardedResolutions(scale, manifest.resolutions);
  const held = (tile: number) => {
    const own = resolutionsOf(manifest, tile);
    const shown = frame.held(tile).slice(0, shownResolutions(own, discarded));
    return { level: Math.min(discarded, Math.max(0, own - 1)), layers: Math.min(...shown), verified: own === 0 };
  };
  return shownQuality(manifest, held, { region: whole(manifest), scale, window: null });
}
