/** The viewer: opens a study from what the page embeds, from what the list knew of it, or from nothing. */

import { render } from "preact";
import { readManifest } from "../streaming/manifest";
import { readStudy, type StudyLayout } from "../streaming/wire";
import { Screen } from "../ui/screen";
import { type Opening, Viewer } from "../viewer/viewer";
import type { App, Mount } from "./app";

interface Embedded {
  readonly study: unknown;
  readonly opening: { readonly series: string; readonly position: number };
  readonly manifest: unknown;
  readonly preview: string | null;
  readonly latest: number;
}

export const mount: Mount = (host, app, known) => {
  let viewer: Viewer | undefined;
  let left = false;
  const show = (opening: Opening): void => {
    if (left) return;
    viewer = new Viewer(opening, app.link);
    fill(host, viewer);
  };
  const opening = known ?? embedded();
  if (opening) show(opening);
  else void described(app).then(show);
  return () => {
    left = true;
    const screen = host.querySelector(".host");
    if (screen) render(null, screen);
    if (viewer) viewer.close();
    else app.link.leave();
  };
};

let taken = false;

/** What the page was loaded with; once, and only if it is of this address. */
function embedded(): Opening | undefined {
  const element = document.getElementById("firstlight-study");
  if (taken || !element?.textContent) return undefined;
  taken = true;
  const page = JSON.parse(element.textContent) as Embedded;
  const study = readStudy(page.study);
  if (study.study !== placeHere().study) return undefined;
  return { ...page, study, manifest: page.manifest === null ? null : readManifest(page.manifest) };
}

function placeHere(): { study: string; series: string | null; position: number } {
  const query = new URLSearchParams(location.search);
  const position = Number.parseInt(query.get("position") ?? "1", 10);
  return {
    study: location.pathname.split("/").pop() ?? "",
    series: query.get("series"),
    position: position >= 1 && position <= 100_000 ? position : 1,
  };
}

/** Opens the study of this address, of which nothing is known, and waits for the server to describe it. */
async function described({ link }: App): Promise<Opening> {
  const { study, series, position } = placeHere();
  const layout = new Promise<StudyLayout>((resolve) => {
    const end = link.listen({
      onEvents(events) {
        const told = events.find((event) => event.type === "study");
        if (!told) return;
        end();
        link.putBack(events.filter((event) => event !== told));
        resolve(told.study);
      },
      onLink: ({ stopped }) => stopped && say(stopped),
    });
  });
  link.open({ study, series, position });
  const found = await layout;
  const first = found.series.find((each) => each.series === series) ?? found.series[0];
  return {
    study: found,
    opening: { series: first?.series ?? "", position },
    manifest: null,
    preview: null,
    latest: link.client.after,
  };
}

/** Nothing can be shown here, and why. */
function say(sentence: string): void {
  const shell = document.getElementById("firstlight-shell");
  if (!shell) return;
  const back = Object.assign(document.createElement("a"), { href: "/", textContent: "All studies" });
  const why = Object.assign(document.createElement("p"), { textContent: sentence });
  shell.replaceChildren(why, back);
}

function fill(app: HTMLElement, viewer: Viewer): void {
  const query = new URLSearchParams(location.search);
  const host = document.createElement("div");
  host.className = "host";
  const shell = document.getElementById("firstlight-shell");
  for (const other of [...app.children]) if (other !== shell) other.remove();
  app.append(host);
  render(<Screen viewer={viewer} forced={query.get("render")} />, host);
  if (query.has("inspect")) void import("../viewer/inspect").then(({ installInspect }) => installInspect(viewer));
  // The shell's Preview stays on top until ours, in the same place, is decoded.
  const ours = host.querySelector<HTMLImageElement>("img.preview");
  const swap = () => requestAnimationFrame(() => shell?.remove());
  if (ours?.src) ours.decode().then(swap, swap);
  else swap();
}
