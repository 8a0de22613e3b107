/** A few inline icons, 24 x 24, drawn in the colour of the text. Each stands beside its word. */

import type { JSX } from "preact";

const PATHS = {
  window: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  scroll: "M12 4v16M8 8l4-4 4 4M8 16l4 4 4-4",
  series: "M4 5h10v10H4zM8 19h12V9",
  note: "M5 4h14v12l-4 4H5zM9 9h6M9 13h4",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  folder: "M3 6h6l2 2h10v11H3z",
  up: "M12 19V6M6 11l6-6 6 6",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  none: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M7 17L17 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
