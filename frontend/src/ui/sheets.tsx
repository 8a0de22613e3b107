/** Sheets that no reading waits for, fetched once the first picture is there: the badge, the link, more, and the keys. */

import type { JSX } from "preact";
import { KEYS } from "../viewer/hands";
import { inMotion } from "../viewer/state";
import type { Viewer } from "../viewer/viewer";
import { badgeOf, bytesWords, meaningWords } from "../viewer/words";
import { SaverSwitch } from "./saver-switch";
import { Sheet } from "./sheet";
import { Switch } from "./switch";

export { LinkSheet } from "./link-sheet";

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

export function MoreSheet({ viewer, close, measured }: Props): JSX.Element {
  const { overlays, frame } = viewer.state;
  const layers = frame?.manifest?.display.overlays.length ?? 0;
  return (
    <Sheet title="More" close={close} measured={measured}>
      <div class="choices">
        <SaverSwitch viewer={viewer} />
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
        <button type="button" class="choice" onClick={() => viewer.open("link")}>
          <b>Link</b>
          <small>rate, round trip, data</small>
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
