import { describe, expect, it } from "vitest";
import { constants, defaultPresentation } from "../../src/render/pipeline";
import { autoWindow } from "../../src/viewer/auto-window";
import { frameAt, placeOf } from "../../src/viewer/places";
import { fileWindows, presetsFor } from "../../src/viewer/presets";
import { manifestOf, tileOf } from "../render/scenes";

describe("presets", () => {
  it("are offered for Hounsfield units only", () => {
    const hu = manifestOf(8, 8, 8, { unit: "HU" });
    expect(presetsFor("CT", hu)).toContainEqual({ name: "Brain", width: 80, center: 40 });
    expect(presetsFor("CT", manifestOf(8, 8, 8))).toEqual([]);
    expect(presetsFor("MR", hu)).toEqual([]);
    expect(presetsFor("CT", null)).toEqual([]);
  });

  it("come from the file too, by their explanation", () => {
    const windows = [
      { center: 1, width: 2 },
      { center: 3, width: 4, explanation: "LUNG" },
      { center: 5, width: 6 },
    ];
    expect(fileWindows(manifestOf(8, 8, 8, { windows })).map(({ name }) => name)).toEqual([
      "As sent",
      "LUNG",
      "As sent 3",
    ]);
    expect(fileWindows(null)).toEqual([]);
  });
});

describe("autoWindow", () => {
  it("spans the middle 98 per cent of the values, without padding", () => {
    const manifest = manifestOf(100, 100, 100, { padding: [0, 0], intercept: -1000 });
    const value = (column: number, row: number) => (row < 50 ? 0 : 1000 + column);
    const numbers = constants(manifest, defaultPresentation(manifest), new Map());
    expect(autoWindow([tileOf(manifest, 0, 0, value)], numbers)).toEqual({ center: 50, width: 97 });
  });

  it("adds the planes up where all are held", () => {
    const planes = [
      { shift: 0, layers: [4, 0] },
      { shift: 0, layers: [4, 0] },
    ];
    const manifest = manifestOf(100, 100, 100, { intercept: -1000 }, { planes, offset: 50 });
    const numbers = constants(manifest, defaultPresentation(manifest), new Map());
    const [first, second] = [tileOf(manifest, 0, 0, (column) => column), tileOf(manifest, 1, 0, () => 1050)];
    expect(autoWindow([first, second], numbers)).toEqual({ center: 50, width: 97 });
    expect(autoWindow([first, undefined], numbers)).toBeUndefined();
  });

  it("says nothing where nothing is held", () => {
    const manifest = manifestOf(8, 8, 8);
    const numbers = constants(manifest, defaultPresentation(manifest), new Map());
    expect(autoWindow([undefined], numbers)).toBeUndefined();
  });
});

describe("places", () => {
  const study = {
    study: "1.2",
    description: "",
    date: "",
    patient: { name: "", id: "", birth_date: "", sex: "" },
    series: [
      {
        series: "1.2.1",
        number: 1,
        modality: "CT",
        description: "",
        body_part: "",
        instances: [
          { instance: "1.2.1.1", frames: 2, number: 1 },
          { instance: "1.2.1.2", frames: 3, number: 2 },
        ],
      },
    ],
  };

  it("count frames from 1 through the instances", () => {
    expect(frameAt(study, "1.2.1", 1)).toEqual({ instance: "1.2.1.1", frame: 1 });
    expect(frameAt(study, "1.2.1", 4)).toEqual({ instance: "1.2.1.2", frame: 2 });
    expect(frameAt(study, "1.2.1", 0)).toBeUndefined();
    expect(frameAt(study, "1.2.1", 6)).toBeUndefined();
    expect(frameAt(study, "9", 1)).toBeUndefined();
  });

  it("are found again by key", () => {
    expect(placeOf(study, { instance: "1.2.1.2", frame: 3 })).toEqual({ series: "1.2.1", position: 5 });
    expect(placeOf(study, { instance: "8", frame: 3 })).toBeUndefined();
  });
});
