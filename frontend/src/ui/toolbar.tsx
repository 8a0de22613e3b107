/** The lower bar: everything needed while reading, under the thumb. */

import type { JSX } from "preact";
import { cineAt } from "../viewer/places";
import type { Viewer } from "../viewer/viewer";
import { Icon, type IconName } from "./icons";

interface Tool {
  readonly icon: IconName;
  readonly word: string;
  readonly pressed: boolean;
  readonly act: () => void;
}

export function Toolbar({ viewer }: { viewer: Viewer }): JSX.Element {
  const { state } = viewer;
  const sheet = (name: "series" | "note" | "more") => () => viewer.open(state.sheet === name ? null : name);
  const waiting = state.pending.length;
  const tools: Tool[] = [
    {
      icon: "window",
      word: "Window",
      pressed: state.mode === "window" || state.sheet === "window",
      act: () => {
        const on = state.sheet === "window" || state.mode === "window";
        viewer.setMode(on ? "scroll" : "window");
        viewer.open(on ? null : "window");
      },
    },
  ];
  if (cineAt(state.study, state.series, state.position)) {
    const moves = viewer.cine?.active ?? false;
    const act = () => void viewer.play();
    tools.unshift({ icon: moves ? "pause" : "play", word: moves ? "Pause" : "Play", pressed: moves, act });
  }
  if (state.study.series.length > 1) {
    tools.push({ icon: "series", word: "Series", pressed: state.sheet === "series", act: sheet("series") });
  }
  tools.push(
    {
      icon: "note",
      word: state.notes.length + waiting > 0 ? `Notes ${state.notes.length + waiting}` : "Note",
      pressed: state.sheet === "note",
      act: sheet("note"),
    },
    { icon: "more", word: "More", pressed: state.sheet === "more", act: sheet("more") },
  );
  return (
    <nav class="toolbar" aria-label="Tools">
      {tools.map(({ icon, word, pressed, act }) => (
        <button type="button" key={icon} aria-pressed={pressed} onClick={act}>
          <Icon name={icon} />
          <span>{word}</span>
        </button>
      ))}
    </nav>
  );
}
