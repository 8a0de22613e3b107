import { describe, expect, it } from "vitest";
import {
  FIT,
  type FrameSize,
  limited,
  oneToOne,
  panned,
  placementOf,
  regionOf,
  type Stage,
  toggled,
  zoomedAbout,
} from "../../src/viewer/view";

const stage: Stage = { width: 360, height: 600, inset: { left: 0, top: 44, right: 0, bottom: 44 }, density: 2 };
const square: FrameSize = { columns: 512, rows: 512, aspect: [1, 1] };

describe("placementOf", () => {
  it("fits a square frame into the width, in device pixels", () => {
    const { scaleX, scaleY, x, y } = placementOf(FIT, stage, square);
    expect(scaleX).toBeCloseTo(720 / 512, 12);
    expect(scaleY).toBe(scaleX);
    expect(x).toBeCloseTo(0, 9);
    expect(y).toBeCloseTo((600 * 2 - 720) / 2, 9);
  });

  it("keeps a tall frame out of the strips", () => {
    const tall: FrameSize = { columns: 100, rows: 400, aspect: [1, 1] };
    const { scaleY, y } = placementOf(FIT, stage, tall);
    expect(y).toBeCloseTo(88, 9);
    expect(400 * scaleY).toBeCloseTo((600 - 88) * 2, 9);
  });

  it.each([
    [[2, 1], 1, 2],
    [[1, 2], 2, 1],
    [[0.6, 0.3], 1, 2],
  ] as const)("honours pixels of %j", (aspect, wide, high) => {
    const { scaleX, scaleY } = placementOf(FIT, stage, { columns: 100, rows: 100, aspect });
    expect(scaleY / scaleX).toBeCloseTo(high / wide, 12);
  });
});

describe("zooming", () => {
  it("keeps the point under the fingers in its place", () => {
    const at = { x: 250, y: 320 };
    const frameAt = (view: typeof FIT) => {
      const { scaleX, scaleY, x, y } = placementOf(view, stage, square);
      return [(at.x * 2 - x) / scaleX, (at.y * 2 - y) / scaleY];
    };
    const before = zoomedAbout(FIT, stage, square, 2.5, 180, 300);
    const after = zoomedAbout(before, stage, square, 1.6, at.x, at.y);
    const [x0, y0] = frameAt(before);
    const [x1, y1] = frameAt(after);
    expect(x1).toBeCloseTo(x0 ?? 0, 6);
    expect(y1).toBeCloseTo(y0 ?? 0, 6);
  });

  it("stops at the fit and at 32 device pixels a frame pixel", () => {
    expect(zoomedAbout(FIT, stage, square, 0.1, 0, 0)).toEqual(FIT);
    const most = zoomedAbout(FIT, stage, square, 1e6, 180, 300);
    expect(placementOf(most, stage, square).scaleX).toBeCloseTo(32, 9);
  });

  it("by two taps goes to 1:1 and back, or to twice the fit where 1:1 is smaller", () => {
    const large: FrameSize = { columns: 2500, rows: 3000, aspect: [1, 1] };
    const one = toggled(FIT, stage, large, 180, 300);
    expect(placementOf(one, stage, large).scaleX).toBeCloseTo(1, 9);
    expect(toggled(one, stage, large, 10, 10)).toEqual(FIT);
    expect(oneToOne(stage, square)).toBeLessThan(1);
    expect(toggled(FIT, stage, square, 180, 300).zoom).toBe(2);
  });
});

describe("panning", () => {
  it("moves with the finger", () => {
    const view = zoomedAbout(FIT, stage, square, 4, 180, 300);
    const before = placementOf(view, stage, square);
    const after = placementOf(panned(view, stage, square, 10, -7), stage, square);
    expect(after.x - before.x).toBeCloseTo(20, 6);
    expect(after.y - before.y).toBeCloseTo(-14, 6);
  });

  it("never shows what is beyond the frame", () => {
    const view = zoomedAbout(FIT, stage, square, 4, 180, 300);
    const { x } = placementOf(panned(view, stage, square, 5000, 0), stage, square);
    expect(x).toBeCloseTo(0, 6);
    expect(limited({ zoom: 1, middleX: 0, middleY: 9 }, stage, square)).toEqual(FIT);
  });
});

describe("regionOf", () => {
  it("is the whole frame when fitted, and a part when zoomed", () => {
    expect(regionOf(placementOf(FIT, stage, square), stage, square)).toEqual([0, 0, 512, 512]);
    const view = zoomedAbout(FIT, stage, square, 4, 180, 300);
    const [left, top, right, bottom] = regionOf(placementOf(view, stage, square), stage, square);
    expect(right - left).toBeCloseTo(128, 6);
    expect(bottom - top).toBeCloseTo((600 / 360) * 128, 6);
  });
});
