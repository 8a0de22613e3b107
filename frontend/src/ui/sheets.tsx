/** The smaller sheets: what the badge means, the series, more, and the keys. */

import type { JSX } from "preact";
import { KEYS } from "../viewer/hands";
import { stackLength } from "../viewer/places";
import { inMotion } from "../viewer/state";
import type { Viewer } from "../viewer/viewer";
import { badgeOf, bytesWords, meaningWords } from "../viewer/words";
import { Sheet } from "./sheet";

interface Props {
  readonly viewer: Viewer;
  readonly close: () => void;
  readonly measured: (height: number) => void;
}

export function BadgeSheet({ viewer, close, measured }: Props): JSX.Element {
  const { frame, drawn, received, frames, position } = viewer.state;
  const badge = badgeOf(frame, drawn, inMotion(viewer.state));
  const manifest = frame?.manifest;
  return (
    <Sheet title={badge.text} close={close} measured={measured}>
      <p>{meaningWords(badge, frame)}</p>
      <dl class="facts">
        <dt>This image</dt>
        <dd>
          {position} of {frames}
          {manifest && `, ${manifest.columns} × ${manifest.rows} pixels, ${manifest.bits_stored} bits`}
        </dd>
        <dt>Received of it</dt>
        <dd>{bytesWords(frame?.bytes ?? 0)}</dd>
        <dt>Still to come</dt>
        <dd>{frame?.complete ? "nothing" : manifest ? bytesWords(frame?.bytesToLossless ?? 0) : "not known yet"}</dd>
        <dt>Received in all</dt>
        <dd>{bytesWords(received)}</dd>
      </dl>
      {manifest?.warnings.map((warning) => (
        <p class="warn" key={warning}>
          {warning}
        </p>
      ))}
    </Sheet>
  );
}

export function SeriesSheet({ viewer, close, measured }: Props): JSX.Element {
  const { study, series: shown } = viewer.state;
  return (
    <Sheet title="Series" close={close} measured={measured}>
      <ul class="series">
        {study.series.map((series, index) => {
          const first = series.instances[0];
          const count = stackLength(series);
          return (
            <li key={series.series}>
              <button
                type="button"
                aria-pressed={series.series === shown}
                onClick={() => {
                  viewer.show(1, series.series);
                  close();
                }}
              >
                {first ? (
                  <img
                    alt=""
                    loading="lazy"
                    width="64"
                    height="64"
                    src={`/studies/${study.study}/instances/${first.instance}/frames/1/preview`}
                  />
                ) : (
                  <i class="no-picture" />
                )}
                <span>
                  <b>
                    S{index + 1} {series.description || series.modality}
                  </b>
                  <small>
                    {series.modality} · {count === 1 ? "1 image" : `${count} images`}
                    {series.body_part && ` · ${series.body_part.toLowerCase()}`}
                  </small>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Sheet>
  );
}

export function MoreSheet({ viewer, close, measured }: Props): JSX.Element {
  const { overlays, saver, frame } = viewer.state;
  const layers = frame?.manifest?.display.overlays.length ?? 0;
  return (
    <Sheet title="More" close={close} measured={measured}>
      <div class="choices">
        <Switch
          on={saver}
          word="Data saver"
          note="Only what you look at is loaded"
          act={() => viewer.set({ saver: !saver })}
        />
        {layers > 0 && (
          <Switch
            on={overlays}
            word="Overlays"
            note={layers === 1 ? "1 layer from the file" : `${layers} layers from the file`}
            act={() => viewer.set({ overlays: !overlays })}
          />
        )}
        <button type="button" class="choice" onClick={() => viewer.fit()}>
          <b>Fit the picture</b>
          <small>or tap it twice</small>
        </button>
        <button type="button" class="choice" onClick={() => viewer.open("badge")}>
          <b>What is shown</b>
          <small>quality, bytes, warnings</small>
        </button>
        <button type="button" class="choice" onClick={() => viewer.open("keys")}>
          <b>Gestures and keys</b>
          <small>the whole list</small>
        </button>
      </div>
      <p class="quiet">For consultation. Not a certified device for primary diagnosis.</p>
    </Sheet>
  );
}

function Switch(props: { on: boolean; word: string; note: string; act: () => void }): JSX.Element {
  return (
    <button type="button" class="choice" role="switch" aria-checked={props.on} onClick={props.act}>
      <b>
        {props.word}: {props.on ? "on" : "off"}
      </b>
      <small>{props.note}</small>
    </button>
  );
}

const FINGERS: readonly (readonly [string, string])[] = [
  ["One finger up, down", "scroll the stack; on a single image: window"],
  ["One finger, zoomed in", "move the picture"],
  ["Two fingers", "zoom and move"],
  ["Hold, then drag", "window, anywhere"],
  ["Two taps", "pixel for pixel, and back"],
];

export function KeysSheet({ close, measured }: Props): JSX.Element {
  return (
    <Sheet title="Gestures and keys" close={close} measured={measured}>
      <dl class="facts keys">
        {[...FINGERS, ...KEYS].map(([what, means]) => (
          <>
            <dt>{what}</dt>
            <dd>{means}</dd>
          </>
        ))}
      </dl>
    </Sheet>
  );
}
