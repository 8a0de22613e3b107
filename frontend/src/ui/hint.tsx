/** Four small pictures of the gestures, on the first visit, once. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

const SEEN = "firstlight-hint-seen";

function seen(): boolean {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return true; // without storage it would come each time
  }
}

const gestures = (frames: number): readonly (readonly [string, string, string])[] => [
  ["M24 12v40M16 20l8-8 8 8M16 44l8 8 8-8", "One finger", frames > 1 ? "scroll the images" : "change the window"],
  ["M14 50L28 36M50 14L36 28M14 40v10h10M40 14h10v10", "Two fingers", "zoom and move"],
  [
    "M32 32m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M8 32h10M46 32h10M32 8v10M32 46v10",
    "Hold, then drag",
    "change the window",
  ],
  [
    "M32 32m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0M32 32m-16 0a16 16 0 1 0 32 0a16 16 0 1 0-32 0",
    "Two taps",
    "full size, and back",
  ],
];

export function Hint({ frames }: { frames: number }): JSX.Element | null {
  const [gone, setGone] = useState(seen);
  if (gone) return null;
  const close = () => {
    try {
      localStorage.setItem(SEEN, "1");
    } catch {
      // Nothing is lost: the hint comes once more.
    }
    setGone(true);
  };
  return (
    <div class="hint" role="dialog" aria-label="How to read with your fingers">
      <ul>
        {gestures(frames).map(([path, what, means]) => (
          <li key={what}>
            <svg viewBox="0 0 64 64" aria-hidden="true">
              <path d={path} />
            </svg>
            <b>{what}</b>
            <span>{means}</span>
          </li>
        ))}
      </ul>
      <button type="button" class="main" onClick={close}>
        Got it
      </button>
    </div>
  );
}
