/** A sheet that rises from the bottom, can be thrown down, and leaves the picture above it usable. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";

interface Props {
  readonly title: string;
  readonly close: () => void;
  /** Told its height, so that the picture can make room. */
  readonly measured?: ((height: number) => void) | undefined;
  readonly children: ComponentChildren;
}

/** Thrown further than this, in pixels, it closes. */
const THROWN = 70;

export function Sheet({ title, close, measured, children }: Props): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const from = useRef<number | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    element.querySelector<HTMLElement>("[data-first]")?.focus({ preventScroll: true });
    // In the next frame: what is laid out anew while sizes are being told would be an error of the page.
    let frame = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => measured?.(element.offsetHeight));
    });
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      measured?.(0);
    };
  }, [measured]);
  const moved = (event: PointerEvent) => Math.max(0, event.clientY - (from.current ?? event.clientY));
  const place = (dy: number) => {
    if (box.current) box.current.style.transform = dy > 0 ? `translateY(${dy}px)` : "";
  };
  return (
    <section class="sheet" role="dialog" aria-label={title} ref={box}>
      <header
        class="sheet-grip"
        onPointerDown={(event) => {
          if (event.target instanceof Element && event.target.closest("button")) return;
          from.current = event.clientY;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => from.current !== null && place(moved(event))}
        onPointerUp={(event) => {
          const dy = moved(event);
          from.current = null;
          place(0);
          if (dy > THROWN) close();
        }}
        onPointerCancel={() => {
          from.current = null;
          place(0);
        }}
      >
        <h2>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="sheet-body">{children}</div>
    </section>
  );
}
