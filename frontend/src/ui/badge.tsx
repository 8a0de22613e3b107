/** The quality badge: a word and a shape; the colour only underlines them. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { BadgeWords } from "../viewer/words";
import { Icon } from "./icons";

const LOUD_MS = 1200;

/** Green for a moment when a picture has become lossless, then quiet. */
function useJust(now: boolean, key: string): boolean {
  const [just, setJust] = useState(false);
  useEffect(() => {
    setJust(now);
    if (!now) return undefined;
    const timer = setTimeout(() => setJust(false), LOUD_MS);
    return () => clearTimeout(timer);
  }, [now, key]);
  return just;
}

export function Badge(props: { badge: BadgeWords; frame: string; open: () => void }): JSX.Element {
  const { badge, frame, open } = props;
  const verified = badge.kind === "lossless" || badge.kind === "mapped";
  const just = useJust(verified, frame);
  return (
    <button
      type="button"
      class={`badge ${badge.kind}${just ? " just" : ""}`}
      aria-label={`Quality: ${badge.text} ${badge.note}. What it means`}
      onClick={open}
    >
      <span class="badge-word">
        {verified && <Icon name="check" />}
        {badge.kind === "none" && <Icon name="none" />}
        {badge.text}
      </span>
      {badge.note && <small>{badge.note}</small>}
    </button>
  );
}
