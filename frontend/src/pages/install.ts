/** The app is kept for its next start once the link is idle: then nothing but the socket is on the path to a picture. */

import type { AppLink } from "../transport/app-link";

/** Nothing has come for this long, so the link has room. */
const IDLE_MS = 4000;

export function keepForNextTime(link: AppLink): void {
  // Only a secure page may have a service worker.
  if (!("serviceWorker" in navigator)) return;
  let received = -1;
  const look = setInterval(() => {
    const now = link.client.received;
    if (now === received && !link.expecting && link.link.state === "connected") {
      clearInterval(look);
      void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
    }
    received = now;
  }, IDLE_MS);
}

/** Loads the page anew in the server's version: one that a service worker kept would be the old one again. */
export async function reload(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  await registration?.update().catch(() => undefined);
  const coming = registration?.installing ?? registration?.waiting;
  if (coming && coming.state !== "activated") {
    await new Promise<void>((resolve) => {
      coming.addEventListener("statechange", () => {
        if (coming.state === "activated" || coming.state === "redundant") resolve();
      });
    });
  }
  location.reload();
}
