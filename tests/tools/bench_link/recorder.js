// Runs in every document before its own scripts, and says through the binding `benchSay` what comes onto the screen
// and when, on the page's own clock: so that nothing has to be asked while the link is measured.
(() => {
  const say = globalThis.benchSay;
  if (!say || window !== top) return;
  const clock = () => performance.timeOrigin + performance.now();
  const tell = (kind, detail) => say(JSON.stringify({ kind, at: clock(), ...detail }));
  tell("document", { path: location.pathname, began: performance.timeOrigin });
  addEventListener(
    "touchend",
    (event) => tell("finger", { at: performance.timeOrigin + event.timeStamp }),
    { capture: true, passive: true },
  );
  addEventListener("firstlight:quality", ({ detail }) => tell("quality", detail));
  // The peer's page says the same things under a name of its own.
  addEventListener("peer:picture", ({ detail }) => tell("picture", detail));
  addEventListener("error", ({ message }) => tell("error", { message: String(message) }));
  addEventListener("unhandledrejection", ({ reason }) => tell("error", { message: String(reason?.message ?? reason) }));

  const seen = new WeakMap();
  const shown = (image) => {
    if (!image.src || seen.get(image) === image.src) return;
    seen.set(image, image.src);
    const drawn = () => requestAnimationFrame(() => image.naturalWidth && tell("preview", {}));
    image.decode().then(drawn, () => {});
  };
  const look = () => document.querySelectorAll("img.preview").forEach(shown);
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["src"],
  });
})();
