/**
 * The service worker: keeps the app's files, so that an installed app starts with nothing but its socket on the link.
 *
 * The server writes in front of it which files there are (`GET /sw.js`). No patient data passes through here: pages
 * are answered with the bare shell, everything else that is not a file of the app goes to the network untouched.
 */

// A module only for the compiler, so that its names are its own: what is built is a plain script.
export {};

interface Told {
  readonly build: string;
  readonly files: readonly string[];
}

interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Scope {
  readonly firstlight: Told;
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}

const scope = globalThis as unknown as Scope;
const { build, files } = scope.firstlight;
const PREFIX = "firstlight-";
const NAME = PREFIX + build;
const SHELL = "/app";
const PAGES = /^\/(studies\/[0-9.]+)?$/;

/** Files carry a hash in their names: one that an older build has is the same, and is not fetched again. */
async function fill(): Promise<void> {
  const cache = await caches.open(NAME);
  for (const file of files) {
    const known = await caches.match(file);
    if (known) await cache.put(file, known);
    else await cache.add(file);
  }
  await cache.add(new Request(SHELL, { cache: "no-store" }));
  await scope.skipWaiting();
}

/** The build before this one stays: a page that runs may still ask for its parts. */
async function tidy(): Promise<void> {
  const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(ours.slice(0, -2).map((name) => (name === NAME ? false : caches.delete(name))));
  await scope.clients.claim();
}

async function kept(request: Request | string, fallback: Request): Promise<Response> {
  const newest = await (await caches.open(NAME)).match(request);
  return newest ?? (await caches.match(request)) ?? fetch(fallback);
}

scope.addEventListener("install", (event) => event.waitUntil(fill()));
scope.addEventListener("activate", (event) => event.waitUntil(tidy()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (request.mode === "navigate" && PAGES.test(pathname)) event.respondWith(kept(SHELL, request));
  else if (pathname.startsWith("/static/")) event.respondWith(kept(request, request));
});
