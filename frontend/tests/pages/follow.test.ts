/** Which clicks stay within the page. */

import { beforeEach, describe, expect, test, vi } from "vitest";
import { followWithin } from "../../src/pages/follow";

/** What a click falls upon: a link, or something within one, or none. */
class Clicked {
  constructor(readonly href: string | null) {}

  closest(): Clicked | null {
    return this.href === null ? null : this;
  }

  getAttribute(): string | null {
    return this.href;
  }
}

const PLAIN = { button: 0, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, defaultPrevented: false };
const back = vi.fn();
let history: { state: unknown; back: () => void };

beforeEach(() => {
  vi.stubGlobal("Element", Clicked);
  history = { state: null, back };
  vi.stubGlobal("history", history);
  back.mockClear();
});

/** Where a click leads: a path within the page, "back", or "browser". */
function leads(target: unknown, how: Partial<typeof PLAIN> = {}): string {
  const preventDefault = vi.fn();
  const paths: string[] = [];
  const event = { ...PLAIN, ...how, target, preventDefault } as unknown as MouseEvent;
  followWithin(event, { go: (path) => paths.push(path) });
  const within = back.mock.calls.length ? "back" : paths[0];
  expect(preventDefault).toHaveBeenCalledTimes(within ? 1 : 0);
  return within ?? "browser";
}

const link = (href: string) => new Clicked(href);

describe("a plain click", () => {
  test("on a study stays within the page", () => {
    expect(leads(link("/studies/1.2.3"))).toBe("/studies/1.2.3");
  });

  test("on the list goes back where the list is where the reader came from, and forward elsewhere", () => {
    expect(leads(link("/"))).toBe("/");
    history.state = { within: true };
    expect(leads(link("/"))).toBe("back");
  });

  test("on a study goes forward, wherever the reader came from", () => {
    history.state = { within: true };
    expect(leads(link("/studies/1.2.3"))).toBe("/studies/1.2.3");
  });

  test.each([
    "/studies",
    "/studies/abc",
    "/studies/1.2/notes",
    "/health",
    "https://elsewhere.example/",
    "//x/",
    "#top",
    "",
  ])("on %j is the browser's", (href) => expect(leads(link(href))).toBe("browser"));

  test("beside any link, or on what is no element, is nobody's", () => {
    expect(leads(new Clicked(null))).toBe("browser");
    expect(leads(null)).toBe("browser");
  });

  test("that something else has taken is left alone", () => {
    expect(leads(link("/"), { defaultPrevented: true })).toBe("browser");
  });
});

describe("a click that asks for more", () => {
  test.each([{ button: 1 }, { button: 2 }, { ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { altKey: true }])(
    "%j is the browser's",
    (how) => expect(leads(link("/studies/1.2.3"), how)).toBe("browser"),
  );
});
