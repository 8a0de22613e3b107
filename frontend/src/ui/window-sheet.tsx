/** Windows: by name, as the file came, from the picture, or by fine steps. */

import type { JSX } from "preact";
import { fileWindows } from "../viewer/presets";
import type { Viewer } from "../viewer/viewer";
import { numberWords } from "../viewer/words";
import { Sheet } from "./sheet";

interface Props {
  readonly viewer: Viewer;
  readonly close: () => void;
  readonly measured: (height: number) => void;
}

export function WindowSheet({ viewer, close, measured }: Props): JSX.Element {
  const { state } = viewer;
  const manifest = state.frame?.manifest ?? null;
  const file = fileWindows(manifest);
  const luts = manifest?.display.voi_luts ?? [];
  // What a preset or the default says already is not said twice.
  const said = new Set([...state.presets, ...(luts.length > 0 ? [] : file.slice(0, 1))].map(values));
  const others = file.filter((window) => !said.has(values(window)));
  const { choice } = state;
  const chosen = choice.kind === "default" ? "" : choice.name;
  // By name and values: a file may call a window of its own as a preset is called.
  const isChosen = (window: { name: string; center: number; width: number }) =>
    choice.kind === "window" && chosen === window.name && values(choice) === values(window);
  const pick = (name: string, center: number, width: number) => viewer.choose({ kind: "window", name, center, width });
  const auto = state.frame?.tiles.some((tile) => tile?.channels === 1);
  return (
    <Sheet title="Window" close={close} measured={measured}>
      <div class="chips">
        <button
          type="button"
          data-first
          aria-pressed={choice.kind === "default"}
          onClick={() => viewer.choose({ kind: "default" })}
        >
          <b>Default</b>
          <small>{luts[0] ? "the file's table" : file[0] ? values(file[0]) : "as sent"}</small>
        </button>
        {state.presets.map((preset) => (
          <button
            type="button"
            key={preset.name}
            aria-pressed={isChosen(preset)}
            onClick={() => pick(preset.name, preset.center, preset.width)}
          >
            <b>{preset.name}</b>
            <small>{values(preset)}</small>
          </button>
        ))}
        {others.map((window, index) => (
          <button
            type="button"
            key={`file ${index}`}
            aria-pressed={isChosen(window)}
            onClick={() => pick(window.name, window.center, window.width)}
          >
            <b>{window.name}</b>
            <small>{values(window)} · file</small>
          </button>
        ))}
        {luts.slice(1).map(({ explanation }, index) => {
          const name = explanation || `Table ${index + 2}`;
          return (
            <button
              type="button"
              key={name}
              aria-pressed={chosen === name}
              onClick={() => viewer.choose({ kind: "lut", index: index + 1, name })}
            >
              <b>{name}</b>
              <small>the file's table</small>
            </button>
          );
        })}
        {auto && (
          <button type="button" aria-pressed={chosen === "Auto"} onClick={() => viewer.chooseAuto()}>
            <b>Auto</b>
            <small>from the picture</small>
          </button>
        )}
      </div>
      <div class="steppers">
        <Stepper viewer={viewer} what="width" word="Width" />
        <Stepper viewer={viewer} what="center" word="Level" />
      </div>
      <p class="hint-line">Or drag on the picture: left and right for width, up and down for level.</p>
    </Sheet>
  );
}

function values({ width, center }: { width: number; center: number }): string {
  return `${numberWords(width)} / ${numberWords(center)}`;
}

function Stepper(props: { viewer: Viewer; what: "width" | "center"; word: string }): JSX.Element {
  const { viewer, what, word } = props;
  const { center, width } = viewer.state;
  const step = width >= 400 ? 10 : width >= 20 ? 1 : 0.1;
  const by = (sign: number) => {
    const next = { center, width, [what]: viewer.state[what] + sign * step };
    viewer.choose({ kind: "window", name: "", center: next.center, width: Math.max(1, next.width) });
  };
  return (
    <div class="stepper">
      <button type="button" aria-label={`${word} less`} onClick={() => by(-1)}>
        −
      </button>
      <output>
        <small>{word}</small>
        {numberWords(viewer.state[what])}
      </output>
      <button type="button" aria-label={`${word} more`} onClick={() => by(1)}>
        +
      </button>
    </div>
  );
}
