/** Which clicks stay within the page. */

export const STUDY_PATH = /^\/studies\/([0-9.]+)$/;

/** A click that asks for nothing else: no new tab, no window, no menu. */
export function isPlain({ button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !ctrlKey && !metaKey && !shiftKey && !altKey;
}

/** A plain click on a link of ours shows it in place; back to the list goes back where that is where we came from. */
export function followWithin(event: MouseEvent, app: { readonly go: (path: string) => void }): void {
  const anchor = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!anchor || !isPlain(event) || event.defaultPrevented) return;
  const path = anchor.getAttribute("href") ?? "";
  if (path !== "/" && !STUDY_PATH.test(path)) return;
  event.preventDefault();
  if (path === "/" && (history.state as { within?: boolean } | null)?.within) history.back();
  else app.go(path);
}
