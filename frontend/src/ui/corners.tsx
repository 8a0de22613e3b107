/** What must always be on the picture: place in the stack, quality, window, zoom, edges, side. */

import type { JSX } from "preact";
import { inMotion, type ViewerState } from "../viewer/state";
import { badgeOf, numberWords, seriesWords } from "../viewer/words";
import { Badge } from "./badge";

interface Props {
  readonly state: ViewerState;
  /** What a sheet covers of the stage, in CSS pixels: the words stay on what is seen. */
  readonly covered: { readonly bottom: number; readonly right: number };
  readonly openBadge: () => void;
}

export function Corners({ state, covered, openBadge }: Props): JSX.Element {
  const { frame, view } = state;
  const badge = badgeOf(frame, state.drawn, inMotion(state));
  const series = seriesWords(state.study.series, state.series);
  const name = state.choice.kind === "default" ? "" : state.choice.name;
  return (
    <div class="corners" style={{ marginBottom: `${covered.bottom}px`, marginRight: `${covered.right}px` }}>
      <p class="corner place">
        {series && <span>{series}</span>}
        <b class="number">
          {state.position}
          <span class="of">/{state.provisional ? "…" : state.frames}</span>
        </b>
        <Side state={state} />
      </p>
      <Badge badge={badge} frame={`${state.series} ${state.position}`} open={openBadge} />
      <p class="corner window">
        {state.width > 0 && (
          <span>
            W {numberWords(state.width)} L {numberWords(state.center)}
          </span>
        )}
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

/** An unpaired part has no side to mistake. */
const SIDES: Readonly<Record<string, string>> = { L: "LEFT", R: "RIGHT", B: "BOTH" };

function Side({ state }: { state: ViewerState }): JSX.Element | null {
  const side = SIDES[state.frame?.manifest?.geometry.laterality ?? ""];
  return side ? <span class="side">{side}</span> : null;
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
