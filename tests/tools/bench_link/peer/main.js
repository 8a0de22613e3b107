// The field's own viewer: a Cornerstone3D stack viewport fed by DICOMweb, as its documentation sets it up.
//
// `?root=/htj2k&study=UID&series=UID&retrieve=stream` opens at once; with `&wait=1` a touch on the button opens.
// Every picture that was rendered is told (`peer:picture`) and kept, so that its error can be judged afterwards.

import { Enums, init as initCore, RenderingEngine, utilities } from "@cornerstonejs/core";
import { init as initLoader, wadors } from "@cornerstonejs/dicom-image-loader";

const query = new URLSearchParams(location.search);
const stage = document.querySelector("#stage");

const RETRIEVE = {
  // One answer, decoded whenever 128 KiB more have come: the documented one for HTJ2K.
  stream: { stages: [{ id: "initialImages", retrieveType: "single" }], retrieveOptions: { single: { streaming: true } } },
  // The same with its smallest sensible steps, for thin links.
  streamsmall: {
    stages: [{ id: "initialImages", retrieveType: "single" }],
    retrieveOptions: { single: { streaming: true, initialChunkSize: 8192, chunkSize: 16384 } },
  },
  // A first range, decoded at a low resolution, and then the rest.
  range: {
    stages: [
      { id: "lossy", retrieveType: "singleFast" },
      { id: "final", retrieveType: "singleFinal" },
    ],
    retrieveOptions: {
      singleFast: { rangeIndex: 0, chunkSize: 65536, initialChunkSize: 65536, decodeLevel: 2 },
      singleFinal: { rangeIndex: -1, chunkSize: 65536, initialChunkSize: 65536, decodeLevel: 0 },
    },
  },
};

const kept = [];

async function ready() {
  await initCore();
  initLoader({ maxWebWorkers: 2 });
  const retrieve = RETRIEVE[query.get("retrieve")];
  if (retrieve) utilities.imageRetrieveMetadataProvider.add("stack", retrieve);
  const engine = new RenderingEngine("peer");
  engine.enableElement({ viewportId: "stage", type: Enums.ViewportType.STACK, element: stage });
  const viewport = engine.getViewport("stage");
  stage.addEventListener(Enums.Events.IMAGE_RENDERED, () => rendered(viewport.getCornerstoneImage()));
  return viewport;
}

function rendered(image) {
  const at = performance.timeOrigin + performance.now();
  if (!image || image === kept.at(-1)?.image) return;
  const samples = image.getPixelData().slice();
  kept.push({ image, samples, rows: image.rows, columns: image.columns });
  dispatchEvent(
    new CustomEvent("peer:picture", {
      detail: { at, number: kept.length - 1, status: image.imageQualityStatus, imageId: image.imageId },
    }),
  );
}

async function open(viewport) {
  const study = query.get("study");
  const series = query.get("series");
  const root = `${location.origin}${query.get("root")}/studies/${study}/series/${series}`;
  const answer = await fetch(`${root}/metadata`, { headers: { accept: "application/dicom+json" } });
  const instances = await answer.json();
  const number = (instance) => instance["00200013"]?.Value?.[0] ?? 0;
  instances.sort((a, b) => number(a) - number(b));
  const ids = instances.map((instance) => {
    const id = `wadors:${root}/instances/${instance["00080018"].Value[0]}/frames/1`;
    wadors.metaDataManager.add(id, instance);
    return id;
  });
  const first = ids.findIndex((id) => id.includes(`/instances/${query.get("instance")}/`));
  await viewport.setStack(ids, Math.max(0, first));
  const [center, width] = ["00281050", "00281051"].map((tag) => instances[0][tag]?.Value?.[0]);
  if (width) viewport.setProperties({ voiRange: { lower: center - width / 2, upper: center + width / 2 } });
  viewport.render();
}

globalThis.peer = {
  /** A picture as it was rendered: base64 of its samples, their type and shape. */
  async picture(number) {
    const { samples, rows, columns } = kept[number];
    const blob = new Blob([samples]);
    const url = await new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(blob);
    });
    return { data: url.slice(url.indexOf(",") + 1), type: samples.constructor.name, rows, columns };
  },
};

const viewport = await ready();
if (query.has("wait")) {
  document.querySelector("#open").addEventListener("click", () => open(viewport), { once: true });
  document.body.dataset.ready = "true";
} else {
  await open(viewport);
}
