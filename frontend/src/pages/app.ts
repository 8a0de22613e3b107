/**
 * The page's frame: one link to the server, one view at a time. A study opens in place, over the socket that is open
 * already; the browser's history and its back button work as on any site.
 */

import { LazyStore } from "../cache/lazy-store";
import "../styles/base.css";
import "../styles/viewer.css";
import { AppLink } from "../transport/app-link";
import type { EarlySocket } from "../transport/connection";
import { SETTINGS } from "../viewer/settings";
import type { Opening } from "../viewer/viewer";
import { followWithin, STUDY_PATH } from "./follow";
import { keepForNextTime } from "./install";
import * as viewer from "./viewer";

declare global {
  interface Window {
    firstlightEarly?: EarlySocket;
  }
}

/** What a view may ask of the page around it. */
export interface App {
  readonly link: AppLink;
  /** Shows another address in place; `known` is what is known of the study there. */
  go(path: string, known?: Opening): void;
}

/** A view fills `host`, and returns what empties it. */
export type Mount = (host: HTMLElement, app: App, known: Opening | undefined) => () => void;

/** Header, tool bar and strips around the picture, in CSS pixels: before anything is laid out. */
const AROUND = 224;

function room(): { width: number; height: number } {
  const density = Math.min(devicePixelRatio || 1, SETTINGS.mostDensity);
  return { width: innerWidth * density, height: (innerHeight - AROUND) * density };
}

async function list(): Promise<{ mount: Mount }> {
  const view = await import("./list");
  await view.styles();
  return view;
}

function start(host: HTMLElement): void {
  const link = new AppLink({
    url: "/stream",
    screen: room(),
    early: window.firstlightEarly,
    segments: SETTINGS.segmentBytes,
    store: new LazyStore(),
  });
  let turn = 0;
  let unmount = (): void => undefined;
  const show = async (known?: Opening): Promise<void> => {
    const now = ++turn;
    const { mount } = STUDY_PATH.test(location.pathname) ? viewer : await list();
    if (now !== turn) return;
    unmount();
    unmount = mount(host, app, known);
  };
  const app: App = {
    link,
    go(path, known) {
      history.pushState({ within: true }, "", path);
      void show(known);
    },
  };
  addEventListener("popstate", () => void show());
  document.addEventListener("click", (event) => followWithin(event, app));
  void show();
  keepForNextTime(link);
}

const host = document.getElementById("app");
if (host) start(host);
