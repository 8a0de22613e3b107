/** The link in numbers, and what the reader may do about a dear one. */

import type { JSX } from "preact";
import { useEffect, useReducer } from "preact/hooks";
import type { Viewer } from "../viewer/viewer";
import { bytesWords, rateWords, secondsWords } from "../viewer/words";
import { SaverSwitch } from "./saver-switch";
import { Sheet } from "./sheet";
import { Switch } from "./switch";

interface Props {
  readonly viewer: Viewer;
  readonly close: () => void;
  readonly measured: (height: number) => void;
}

const ASK_MS = 2000;

export function LinkSheet({ viewer, close, measured }: Props): JSX.Element {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const { link, state } = viewer;
  useEffect(() => {
    link.ask();
    const timer = setInterval(() => {
      link.ask();
      again(undefined);
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [link]);
  const { rate, roundTrip } = link.meter;
  const left = state.frame?.manifest ? state.frame.bytesToLossless : null;
  return (
    <Sheet title="Link" close={close} measured={measured}>
      <dl class="facts">
        <dt>Rate</dt>
        <dd>{rate === null ? "not measured yet" : rateWords(rate)}</dd>
        <dt>Round trip</dt>
        <dd>{roundTrip === null ? "not measured yet" : secondsWords(roundTrip / 1000)}</dd>
        <dt>Received</dt>
        <dd>{bytesWords(state.received)} since this page was opened</dd>
        <dt>Still to come</dt>
        <dd>{toCome(left, rate)}</dd>
      </dl>
      <div class="choices">
        <Switch
          on={state.readable}
          word="Stay on readable"
          note="Pictures stop refining once they can be read"
          act={() => viewer.set({ readable: !state.readable })}
        />
        <SaverSwitch viewer={viewer} />
      </div>
    </Sheet>
  );
}

function toCome(left: number | null, rate: number | null): string {
  if (left === null) return "not known yet";
  if (left === 0) return "nothing of this image";
  const long = rate ? `, about ${secondsWords(left / rate)}` : "";
  return `${bytesWords(left)} of this image until it is lossless${long}`;
}
