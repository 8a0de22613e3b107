/**
 * Decoded frames of the motion, through WebCodecs: as many as the budget allows, the ones wanted next first.
 *
 * Frames are copied out of the decoder at once: hardware decoders have few buffers and stop while these are kept.
 */

import type { MotionHead } from "./document";

const BUDGET = 48_000_000;
/** Decoded beside a whole part, which playing backwards needs. */
const BESIDE = 16;
const MICROSECONDS = 1000;

function configOf({ codec, width, height }: MotionHead): VideoDecoderConfig {
  return {
    codec,
    codedWidth: width,
    codedHeight: height,
    optimizeForLatency: true,
    colorSpace: { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false },
  };
}

/** Whether this browser decodes the motion; WebCodecs wants a secure context. */
export async function canDecode(head: MotionHead): Promise<boolean> {
  if (!("VideoDecoder" in globalThis)) return false;
  try {
    return (await VideoDecoder.isConfigSupported(configOf(head))).supported === true;
  } catch {
    return false;
  }
}

export class MotionPictures {
  readonly #held = new Map<number, ImageBitmap>();
  readonly #pending = new Set<number>();
  readonly #capacity: number;
  readonly #decoder: VideoDecoder;
  #wanted: readonly number[] = [];
  /** The frame given to the decoder last. */
  #fed = 0;

  constructor(
    readonly head: MotionHead,
    readonly chunk: (frame: number) => Uint8Array<ArrayBuffer> | undefined,
    readonly failed: () => void,
  ) {
    const bytes = head.width * head.height * 4;
    this.#capacity = Math.max(head.part_frames + BESIDE, Math.floor(BUDGET / bytes));
    this.#decoder = new VideoDecoder({
      output: (frame) => void this.#keep(frame),
      error: () => this.failed(),
    });
    this.#decoder.configure(configOf(head));
  }

  get(frame: number): ImageBitmap | undefined {
    return this.#held.get(frame);
  }

  /** Decodes what is wanted, in that order, as far as its chunks are here. */
  want(frames: readonly number[]): void {
    this.#wanted = frames;
    if (this.#decoder.state !== "configured") return;
    for (const frame of frames) {
      if (this.#held.has(frame) || this.#pending.has(frame)) continue;
      if (!this.#feed(frame)) return;
    }
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
    for (const picture of this.#held.values()) picture.close();
    this.#held.clear();
  }

  /** Gives the decoder a frame, and those before it that it needs. */
  #feed(frame: number): boolean {
    const { part_frames, frames } = this.head;
    const key = frame - ((frame - 1) % part_frames);
    const from = this.#fed >= key && this.#fed < frame ? this.#fed + 1 : key;
    for (let next = from; next <= frame; next++) {
      const data = this.chunk(next);
      if (!data) return false;
      const type = next === key ? "key" : "delta";
      this.#pending.add(next);
      this.#decoder.decode(new EncodedVideoChunk({ type, timestamp: next * MICROSECONDS, data }));
      this.#fed = next;
    }
    // The next is a key frame: nothing need stay behind in the decoder, as it may in hardware.
    if (frame === Math.min(key + part_frames - 1, frames)) this.#decoder.flush().catch(() => {});
    return true;
  }

  async #keep(frame: VideoFrame): Promise<void> {
    const number = Math.round(frame.timestamp / MICROSECONDS);
    try {
      const picture = await createImageBitmap(frame);
      this.#held.get(number)?.close();
      this.#held.delete(number);
      this.#held.set(number, picture);
    } catch {
      this.failed();
      return;
    } finally {
      frame.close();
      this.#pending.delete(number);
    }
    if (this.#decoder.state === "closed") this.close();
    this.#makeRoom();
  }

  /** The longest held go first, but nothing that is wanted. */
  #makeRoom(): void {
    const wanted = new Set(this.#wanted);
    for (const [frame, picture] of this.#held) {
      if (this.#held.size <= this.#capacity) return;
      if (wanted.has(frame)) continue;
      picture.close();
      this.#held.delete(frame);
    }
  }
}
