/** What must always be on the picture: place in the stack, quality, window, zoom, edges, side. */

import type { JSX } from "preact";
import type { ViewerState } from "../viewer/state";
import { badgeOf, numberWords, seriesWords } from "../viewer/words";
import { Badge } from "./badge";

interface Props {
  readonly state: ViewerState;
  readonly openBadge: () => void;
}

export function Corners({ state, openBadge }: Props): JSX.Element {
  const { frame, view } = state;
  const badge = badgeOf(frame, state.drawn);
  const series = seriesWords(state.study.series, state.series);
  const name = state.choice.kind === "default" ? "" : state.choice.name;
  return (
    <div class="corners">
      <p class="corner place">
        {series && <span>{series}</span>}
        <b class="number">
          {state.position}
          <span class="of">/{state.frames}</span>
        </b>
        <Side state={state} />
      </p>
      <Badge badge={badge} frame={`${state.series} ${state.position}`} open={openBadge} />
      <p class="corner window">
        <span>
          W {numberWords(state.width)} L {numberWords(state.center)}
        </span>
        {name && <span class="quiet">{name}</span>}
        {state.previewOnly && state.drawn && state.choice.kind !== "default" && (
          <span class="quiet">once it has arrived</span>
        )}
      </p>
      <p class="corner zoom">×{numberWords(Math.round(view.zoom * 10) / 10)}</p>
      <Edges state={state} />
    </div>
  );
}

const SIDES: Readonly<Record<string, string>> = { L: "LEFT", R: "RIGHT", B: "BOTH", U: "UNPAIRED" };

function Side({ state }: { state: ViewerState }): JSX.Element | null {
  const side = state.frame?.manifest?.geometry.laterality;
  return side ? <span class="side">{SIDES[side] ?? side}</span> : null;
}

function Edges({ state }: { state: ViewerState }): JSX.Element {
  const [left, top, right, bottom] = state.frame?.manifest?.geometry.edges ?? ["", "", "", ""];
  return (
    <>
      {left && <span class="edge left">{left}</span>}
      {top && <span class="edge top">{top}</span>}
      {right && <span class="edge right">{right}</span>}
      {bottom && <span class="edge bottom">{bottom}</span>}
    </>
  );
}
