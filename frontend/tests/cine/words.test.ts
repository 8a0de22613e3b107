import { describe, expect, it } from "vitest";
import { percentWords, rateWords, type Saying, speedWords, statusWords } from "../../src/cine/words";
import type { StudyLayout } from "../../src/streaming/wire";
import { cineAt } from "../../src/viewer/places";
import { badgeOf } from "../../src/viewer/words";

const playing: Saying = {
  phase: "playing",
  share: 1,
  cut: false,
  images: false,
  rate: 30,
  speed: 1,
  note: "",
  refusal: "",
};

describe("statusWords", () => {
  it.each<[string, Partial<Saying>]>([
    ["30 images a second", {}],
    ["30 images a second, shown at ½×", { speed: 0.5 }],
    ["Loading motion", { phase: "loading", share: 0, rate: null }],
    ["Loading motion · 34 %", { phase: "loading", share: 0.347 }],
    ["Waiting for the link · 80 % here.", { phase: "stalled", share: 0.8 }],
    ["Waiting for the link.", { phase: "stalled", images: true }],
    ["No link. Playing goes on when it is back · 50 % here.", { phase: "stalled", share: 0.5, cut: true }],
    ["Frame 3 is damaged.", { phase: "refused", refusal: "Frame 3 is damaged." }],
    ["The file gives no frame rate.", { note: "The file gives no frame rate." }],
    ["30 images a second · this browser plays the images themselves, as they arrive", { images: true }],
  ])("%s", (words, saying) => expect(statusWords({ ...playing, ...saying })).toBe(words));

  it("names rates and speeds shortly", () => {
    expect([rateWords(33.333), rateWords(29.997), rateWords(12.5)]).toEqual([
      "33.3 images a second",
      "30 images a second",
      "12.5 images a second",
    ]);
    expect([0.25, 0.5, 1, 2, 4].map(speedWords)).toEqual(["¼×", "½×", "1×", "2×", "4×"]);
    expect([0, 0.999, 1, 2].map(percentWords)).toEqual(["0 %", "99 %", "100 %", "100 %"]);
  });
});

describe("what motion is", () => {
  const instance = (uid: string, frames: number) => ({ instance: uid, frames });
  const study = {
    series: [{ series: "1", instances: [instance("a", 1), instance("b", 30), instance("c", 2)] }],
  } as unknown as StudyLayout;

  it("belongs to the multi-frame image at a place of the stack", () => {
    expect(cineAt(study, "1", 1)).toBeUndefined();
    expect(cineAt(study, "1", 2)).toEqual({ instance: "b", first: 2, frames: 30 });
    expect(cineAt(study, "1", 31)).toEqual({ instance: "b", first: 2, frames: 30 });
    expect(cineAt(study, "1", 32)).toEqual({ instance: "c", first: 32, frames: 2 });
    expect(cineAt(study, "1", 34)).toBeUndefined();
    expect(cineAt(study, "2", 1)).toBeUndefined();
  });

  it("is a PREVIEW, whatever is held of the frame", () => {
    expect(badgeOf(undefined, true, true)).toEqual({ kind: "preview", text: "PREVIEW", note: "" });
  });
});
