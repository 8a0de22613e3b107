/** A choice that is on or off. */

import type { JSX } from "preact";

interface Props {
  readonly on: boolean;
  readonly word: string;
  readonly note: string;
  readonly act: () => void;
}

export function Switch({ on, word, note, act }: Props): JSX.Element {
  return (
    <button type="button" class="choice" role="switch" aria-checked={on} onClick={act}>
      <b>
        {word}: {on ? "on" : "off"}
      </b>
      <small>{note}</small>
    </button>
  );
}
