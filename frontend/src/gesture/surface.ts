/**
 * Puts a recogniser on an element: pointer events go in, gestures come out, only in animation frames.
 *
 * Nothing is laid out or drawn in an event handler: of many moves between two frames the last one counts.
 */

import { type Gesture, type PointerInput, Recogniser } from "./recogniser";

export interface Wheel {
  readonly type: "wheel";
  /** Lines or pixels turned, in CSS pixels; down is positive. */
  readonly delta: number;
  readonly zoom: boolean;
  readonly x: number;
  readonly y: number;
}

export type SurfaceGesture = Gesture | Wheel;

const PIXELS_A_LINE = 33;

/** Returns what ends the listening. */
export function listen(element: HTMLElement, handle: (gesture: SurfaceGesture) => void): () => void {
  const recogniser = new Recogniser();
  const moved = new Map<number, PointerInput>();
  let wheel: Wheel | undefined;
  let frame = 0;

  const place = (event: PointerEvent | WheelEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const inputOf = (event: PointerEvent): PointerInput => ({
    id: event.pointerId,
    ...place(event),
    time: performance.now(),
    kind: event.pointerType === "mouse" ? "mouse" : "touch",
    button: event.button,
  });
  const emit = (gestures: Gesture[]) => gestures.forEach(handle);
  const flush = () => {
    for (const input of moved.values()) emit(recogniser.move(input));
    moved.clear();
  };
  const onFrame = () => {
    frame = 0;
    flush();
    emit(recogniser.tick(performance.now()));
    if (wheel) handle(wheel);
    wheel = undefined;
    // A resting finger sends no events: look again until its time has come.
    if (recogniser.deadline !== undefined) schedule();
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(onFrame);
  };
  const handlers = {
    pointerdown(event: PointerEvent) {
      element.setPointerCapture(event.pointerId);
      flush();
      emit(recogniser.down(inputOf(event)));
      schedule();
    },
    pointermove(event: PointerEvent) {
      moved.set(event.pointerId, inputOf(event));
      schedule();
    },
    pointerup(event: PointerEvent) {
      flush();
      emit(recogniser.up(inputOf(event)));
    },
    pointercancel(event: PointerEvent) {
      moved.delete(event.pointerId);
      emit(recogniser.cancel(event.pointerId));
    },
    wheel(event: WheelEvent) {
      event.preventDefault();
      const delta = event.deltaMode === 1 ? event.deltaY * PIXELS_A_LINE : event.deltaY;
      const before = wheel?.delta ?? 0;
      wheel = { type: "wheel", delta: before + delta, zoom: event.ctrlKey, ...place(event) };
      schedule();
    },
    contextmenu(event: Event) {
      event.preventDefault(); // the right button and a long press window
    },
  };
  const names = Object.keys(handlers) as (keyof typeof handlers)[];
  for (const name of names) {
    element.addEventListener(name, handlers[name] as EventListener, { passive: false });
  }
  return () => {
    cancelAnimationFrame(frame);
    for (const name of names) element.removeEventListener(name, handlers[name] as EventListener);
  };
}
