/** The edge scrubber: where in the stack, what of it is held, and a thumb to go anywhere. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ViewerState } from "../viewer/state";

interface Props {
  readonly state: ViewerState;
  /** Share of a frame's bytes that is here, 0 to 1. */
  readonly held: (position: number) => number;
  readonly show: (position: number) => void;
}

const THUMB = 48;
/** The ticks tell of every frame of the stack, so they follow the segments at some distance. */
const TICKS_MS = 200;

export function Scrubber({ state, held, show }: Props): JSX.Element | null {
  const track = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [dragging, setDragging] = useState(false);
  const { frames, position } = state;
  const latest = useRef(held);
  latest.current = held;
  const due = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    due.current ??= setTimeout(() => {
      due.current = undefined;
      if (track.current) drawTicks(track.current, frames, latest.current);
    }, TICKS_MS);
  });
  useEffect(() => () => clearTimeout(due.current), []);
  if (frames < 2) return null;
  const share = (position - 1) / (frames - 1);
  const go = (event: PointerEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (!area) return;
    const at = (event.clientY - area.top - THUMB / 2) / Math.max(1, area.height - THUMB);
    show(1 + Math.round(Math.min(1, Math.max(0, at)) * (frames - 1)));
  };
  return (
    <div
      class={`scrubber${dragging ? " dragging" : ""}`}
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label="Image in the stack"
      aria-orientation="vertical"
      aria-valuemin={1}
      aria-valuemax={frames}
      aria-valuenow={position}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        go(event);
      }}
      onPointerMove={(event) => dragging && go(event)}
      onPointerUp={() => setDragging(false)}
      onPointerCancel={() => setDragging(false)}
    >
      <canvas ref={track} class="ticks" width={4} />
      <span class="thumb" style={{ top: `calc(${share * 100}% - ${share * THUMB}px)` }}>
        {dragging && (
          <b class="bubble">
            {position}/{frames}
          </b>
        )}
      </span>
    </div>
  );
}

/** One line of pixels for each stretch of frames: grey nothing, amber a part, pale everything. */
function drawTicks(canvas: HTMLCanvasElement, frames: number, held: (position: number) => number): void {
  const height = Math.max(1, canvas.clientHeight);
  if (canvas.height !== height) canvas.height = height;
  // Kept off the GPU, which may be busy with the picture: the page would wait for it.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  context.clearRect(0, 0, 4, height);
  const run = Math.max(1, height / frames);
  for (let y = 0; y < height; y += run) {
    const share = held(1 + Math.floor((y / height) * frames));
    context.fillStyle = share >= 1 ? "#9fd3b0" : share > 0 ? "#8a7440" : "#2a3036";
    context.fillRect(0, y, 4, run > 3 ? run - 1 : run);
  }
}
