/** The cine's bar, over the tool bar: what goes on, and step, speed, order. Loaded when something is first played. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useReducer, useRef } from "preact/hooks";
import sheet from "../styles/cine.css?url";
import { styled } from "../ui/styled";
import type { Viewer } from "../viewer/viewer";
import { Player } from "./player";
import { percentWords, speedWords, statusWords } from "./words";

/** What the viewer knows of it. */
export interface CineControl {
  readonly Bar: ComponentType;
  readonly active: boolean;
  toggle(): void;
  /** Shows the frame before (-1) or after (1); false where no cine is open there. */
  step(by: number): boolean;
}

/** Throws where the style sheet does not come: then nothing was opened, and it may be tried again. */
export async function openCine(viewer: Viewer): Promise<CineControl> {
  await styled(sheet);
  const player = new Player(viewer);
  const close = () => {
    player.close();
    viewer.closeCine();
  };
  return {
    Bar: () => <Bar player={player} close={close} />,
    get active() {
      return player.active;
    },
    toggle: () => player.toggle(),
    step: (by) => player.step(by),
  };
}

const ICONS = {
  back: "M17 5v14l-9-7zM6 5v14",
  next: "M7 5v14l9-7zM18 5v14",
  loop: "M5 11a7 7 0 0 1 12-4l2 2M19 4v5h-5M19 13a7 7 0 0 1-12 4l-2-2M5 20v-5h5",
  sweep: "M4 12h16M8 8l-4 4 4 4M16 8l4 4-4 4",
  close: "M6 6l12 12M18 6L6 18",
} as const;

function Bar({ player, close }: { player: Player; close: () => void }): JSX.Element {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => player.subscribe(() => again(undefined)), [player]);
  useEffect(() => bar.current?.addEventListener("click", letGo), []);
  const { saying, speed, order } = player;
  const { phase, share } = saying;
  const waits = phase === "loading" || phase === "stalled";
  return (
    <section class={`cine ${phase}`} aria-label="Cine" ref={bar}>
      <p class="cine-says" role="status">
        <span>{statusWords(saying)}</span>
        {phase === "refused" && (
          <button type="button" class="plain-word" onClick={() => player.play()}>
            Try again
          </button>
        )}
      </p>
      <div
        class={`cine-share${waits && !saying.images ? "" : " idle"}`}
        role="progressbar"
        aria-label="Motion that has arrived"
        aria-valuenow={Math.floor(share * 100)}
        aria-valuetext={percentWords(share)}
      >
        <i style={{ width: percentWords(share).replace(" ", "") }} />
      </div>
      <div class="cine-tools">
        <Tool icon="back" word="Back" act={() => player.step(-1)} />
        <Tool icon="next" word="Next" act={() => player.step(1)} />
        <button type="button" aria-label={`Speed ${speedWords(speed)}`} onClick={() => player.faster()}>
          <b>{speedWords(speed)}</b>
          <span>Speed</span>
        </button>
        <Tool icon={order} word={order === "loop" ? "Loop" : "To and fro"} act={() => player.turn()} />
        <Tool icon="close" word="Close" act={close} />
      </div>
    </section>
  );
}

function Tool({ icon, word, act }: { icon: keyof typeof ICONS; word: string; act: () => void }): JSX.Element {
  return (
    <button type="button" onClick={act}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d={ICONS[icon]} />
      </svg>
      <span>{word}</span>
    </button>
  );
}

/** What a finger or a mouse pressed does not keep the space key, which plays; what the keyboard chose does. */
function letGo(event: MouseEvent): void {
  const { activeElement } = document;
  if (event.detail > 0 && activeElement instanceof HTMLElement) activeElement.blur();
}
