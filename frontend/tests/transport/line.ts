/** A WebSocket with the network in the test's hand. */

import { encodeSlices } from "../../src/streaming/slices";
import type { FrameKey } from "../../src/streaming/vocabulary";
import { greyFrame, greySlices } from "../grey-frame";

export const WELCOME = JSON.stringify({ type: "welcome", version: 2 });

export interface Sent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export class Line {
  static readonly OPEN = 1;
  static all: Line[] = [];
  readyState = 0;
  sent: Sent[] = [];
  closed: number | undefined;
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly url: string;

  constructor(
    url: URL | string,
    readonly protocol: string,
  ) {
    this.url = String(url);
    Line.all.push(this);
  }

  static get last(): Line {
    return Line.all[Line.all.length - 1] as Line;
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(code?: number): void {
    this.closed ??= code;
    this.readyState = 3;
  }

  open(): this {
    this.readyState = 1;
    this.onopen?.();
    return this;
  }

  hear(data: string | Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: typeof data === "string" ? data : data.buffer });
  }

  tell(message: object): void {
    this.hear(JSON.stringify(message));
  }

  cut(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** The grey frame as that instance, named with its whole manifest or without. */
export function named(instance: string, handle: number, body: unknown = null): string {
  const { id } = greyFrame(instance);
  return JSON.stringify({ type: "manifest", handle, instance, frame: 1, id, manifest: body });
}

/** The first so many segments of a frame. */
export function segments(handle: number, count = 99): Uint8Array<ArrayBuffer> {
  return encodeSlices(greySlices(handle).slice(0, count)) as Uint8Array<ArrayBuffer>;
}

export const keyOf = (instance: string): FrameKey => ({ instance, frame: 1 });

/** A document that is seen or hidden; stubbed as `document` by whoever needs one. */
export class Page extends EventTarget {
  visibilityState: "visible" | "hidden" = "visible";

  turn(state: "visible" | "hidden"): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}
