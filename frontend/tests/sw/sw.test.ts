/** The service worker's own script, with the browser around it in the test's hand. */

import { beforeEach, describe, expect, test, vi } from "vitest";

const ORIGIN = "https://reader.example";

/** Caches by name, in the order of their making, as the browser's. */
class Caches {
  readonly all = new Map<string, Map<string, string>>();
  /** What was asked of the network, in order. */
  readonly fetched: string[] = [];
  offline = false;

  fetch(request: unknown): Promise<Response> {
    const path = pathOf(request);
    this.fetched.push(path);
    if (this.offline) return Promise.reject(new TypeError("offline"));
    return Promise.resolve(new Response(`network ${path}`));
  }

  async open(name: string) {
    const entries = this.all.get(name) ?? new Map<string, string>();
    this.all.set(name, entries);
    return {
      match: (request: unknown) => Promise.resolve(answer(entries.get(pathOf(request)))),
      put: async (request: unknown, response: Response) => void entries.set(pathOf(request), await response.text()),
      add: async (request: unknown) => void entries.set(pathOf(request), await (await this.fetch(request)).text()),
    };
  }

  match(request: unknown): Promise<Response | undefined> {
    const found = [...this.all.values()].find((entries) => entries.has(pathOf(request)));
    return Promise.resolve(answer(found?.get(pathOf(request))));
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.all.keys()]);
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.all.delete(name));
  }
}

const answer = (text: string | undefined) => (text === undefined ? undefined : new Response(text));
const pathOf = (request: unknown): string =>
  new URL(typeof request === "string" ? request : (request as Request).url, ORIGIN).pathname;

/** Node's Request takes no path alone, as the browser's does within a page. */
class PageRequest extends Request {
  constructor(input: string, init?: RequestInit) {
    super(new URL(input, ORIGIN), init);
  }
}

let caches: Caches;
let handlers: Map<string, (event: object) => void>;
const scope = { skipWaiting: vi.fn(), claim: vi.fn() };

async function start(build: string, files: readonly string[]): Promise<void> {
  handlers = new Map();
  vi.resetModules();
  vi.stubGlobal("firstlight", { build, files });
  vi.stubGlobal("location", { origin: ORIGIN });
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("fetch", (request: unknown) => caches.fetch(request));
  vi.stubGlobal("Request", PageRequest);
  vi.stubGlobal("clients", { claim: () => Promise.resolve(scope.claim()) });
  vi.stubGlobal("skipWaiting", () => Promise.resolve(scope.skipWaiting()));
  vi.stubGlobal("addEventListener", (type: string, handler: (event: object) => void) => handlers.set(type, handler));
  await import("../../src/sw/sw");
}

async function lifecycle(type: "install" | "activate"): Promise<void> {
  let work: Promise<unknown> = Promise.resolve();
  handlers.get(type)?.({ waitUntil: (promise: Promise<unknown>) => (work = promise) });
  await work;
}

async function installed(build: string, ...files: string[]): Promise<void> {
  await start(build, files);
  await lifecycle("install");
  await lifecycle("activate");
}

/** The text of the answer; null where the request goes to the network untouched. */
async function asked(path: string, how: { readonly mode?: string; readonly method?: string } = {}) {
  const { mode = "no-cors", method = "GET" } = how;
  let told: Promise<Response> | null = null;
  const request = { url: new URL(path, ORIGIN).href, mode, method };
  handlers.get("fetch")?.({ request, respondWith: (response: Promise<Response>) => (told = response) });
  const response = (await told) as Response | null;
  return response === null ? null : response.text();
}

beforeEach(() => {
  caches = new Caches();
  scope.skipWaiting.mockClear();
  scope.claim.mockClear();
});

describe("filling", () => {
  test("fetches the build's files and the shell, and takes over at once", async () => {
    await start("b1", ["/static/a-1.js", "/static/b-1.css"]);
    await lifecycle("install");
    expect(caches.fetched).toEqual(["/static/a-1.js", "/static/b-1.css", "/app"]);
    expect(scope.skipWaiting).toHaveBeenCalledTimes(1);
    await lifecycle("activate");
    expect(scope.claim).toHaveBeenCalledTimes(1);
  });

  test("copies what an older build has, but never its shell", async () => {
    await installed("b1", "/static/a-1.js", "/static/b-1.css");
    caches.fetched.length = 0;
    await installed("b2", "/static/a-1.js", "/static/b-2.css");
    expect(caches.fetched).toEqual(["/static/b-2.css", "/app"]);
    expect([...(caches.all.get("firstlight-b2")?.keys() ?? [])]).toEqual(["/static/a-1.js", "/static/b-2.css", "/app"]);
  });

  test("that was cut fails, and goes on where it was", async () => {
    await start("b1", ["/static/a-1.js", "/static/b-1.css"]);
    caches.offline = true;
    await expect(lifecycle("install")).rejects.toThrow("offline");
    expect(scope.skipWaiting).not.toHaveBeenCalled();
    caches.offline = false;
    await lifecycle("install");
    caches.fetched.length = 0;
    await lifecycle("install");
    expect(caches.fetched).toEqual(["/app"]);
  });
});

describe("builds", () => {
  test("the one before stays, older ones go, and other caches are left alone", async () => {
    await caches.open("another-app");
    for (const build of ["b1", "b2", "b3", "b4"]) await installed(build);
    expect(await caches.keys()).toEqual(["another-app", "firstlight-b3", "firstlight-b4"]);
  });

  test("an older one that is served again stays", async () => {
    for (const build of ["b1", "b2"]) await installed(build);
    await installed("b1");
    expect(await caches.keys()).toContain("firstlight-b1");
  });

  test("a page of the build before still gets its parts, with the network away", async () => {
    await installed("b1", "/static/a-1.js");
    await installed("b2", "/static/a-2.js");
    caches.offline = true;
    expect(await asked("/static/a-1.js")).toBe("network /static/a-1.js");
  });
});

describe("answers", () => {
  beforeEach(() => installed("b1", "/static/a-1.js"));

  test.each(["/", "/studies/1.2.3", "/studies/1.2.3?position=5"])(
    "going to %s is the shell, without the network",
    async (path) => {
      caches.offline = true;
      expect(await asked(path, { mode: "navigate" })).toBe("network /app");
    },
  );

  test("the shell is this build's, not an older one's", async () => {
    const shell = await caches.open("firstlight-b0");
    await shell.put("/app", new Response("old"));
    caches.all.set("firstlight-b1", new Map([["/app", "new"]]));
    expect(await asked("/", { mode: "navigate" })).toBe("new");
  });

  test("where the browser threw the shell away, the page asked for comes from the network", async () => {
    caches.all.clear();
    caches.fetched.length = 0;
    expect(await asked("/studies/1.2.3", { mode: "navigate" })).toBe("network /studies/1.2.3");
  });

  test("the app's files are the kept ones, and those that are not kept are fetched", async () => {
    caches.fetched.length = 0;
    expect(await asked("/static/a-1.js")).toBe("network /static/a-1.js");
    expect(caches.fetched).toEqual([]);
    expect(await asked("/static/new-2.js")).toBe("network /static/new-2.js");
    expect(caches.fetched).toEqual(["/static/new-2.js"]);
  });

  test.each([
    ["/studies.json", {}],
    ["/studies/1.2.3", {}],
    ["/studies/1.2.3/preview", { mode: "navigate" }],
    ["/app", { mode: "navigate" }],
    ["/health", { mode: "navigate" }],
    ["/upload", { method: "POST" }],
    ["/static/a-1.js", { method: "POST" }],
    ["/", { mode: "navigate", method: "POST" }],
    ["https://elsewhere.example/static/a-1.js", {}],
  ])("%s %j goes to the network untouched", async (path, how) => {
    expect(await asked(path, how)).toBeNull();
  });

  test("nothing but the app's files and its shell is ever kept", async () => {
    for (const path of ["/", "/studies/1.2.3"]) await asked(path, { mode: "navigate" });
    await asked("/studies.json");
    await asked("/static/new-2.js");
    expect([...caches.all.values()].flatMap((entries) => [...entries.keys()])).toEqual(["/static/a-1.js", "/app"]);
  });
});
