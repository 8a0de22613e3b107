/** The viewer page: reads what the shell embeds, and takes its place without a flash. */

import { render } from "preact";
import { readManifest } from "../streaming/manifest";
import { readStudy } from "../streaming/wire";
import "../styles/base.css";
import "../styles/viewer.css";
import { Screen } from "../ui/screen";
import { type Opening, Viewer } from "../viewer/viewer";

interface Embedded {
  readonly study: unknown;
  readonly opening: { readonly series: string; readonly position: number };
  readonly manifest: unknown;
  readonly preview: string | null;
  readonly stream: string;
  readonly latest: number;
}

function embedded(): Opening {
  const text = document.getElementById("firstlight-study")?.textContent ?? "";
  const page = JSON.parse(text) as Embedded;
  return {
    ...page,
    study: readStudy(page.study),
    manifest: page.manifest === null ? null : readManifest(page.manifest),
  };
}

const app = document.getElementById("app");
if (app) {
  const query = new URLSearchParams(location.search);
  const viewer = new Viewer(embedded());
  const host = document.createElement("div");
  host.className = "host";
  app.append(host);
  render(<Screen viewer={viewer} forced={query.get("render")} />, host);
  if (query.has("inspect")) void import("../viewer/inspect").then(({ installInspect }) => installInspect(viewer));
  // The shell's Preview stays on top until ours, in the same place, is decoded.
  const shell = document.getElementById("firstlight-shell");
  const ours = host.querySelector<HTMLImageElement>("img.preview");
  const swap = () => requestAnimationFrame(() => shell?.remove());
  if (ours?.src) ours.decode().then(swap, swap);
  else swap();
}
