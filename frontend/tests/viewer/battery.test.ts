import { beforeEach, describe, expect, test, vi } from "vitest";
import { LOW, watchBattery } from "../../src/viewer/battery";
import { FakeBattery } from "./fake-battery";

let told: boolean[];
const tell = (low: boolean): void => void told.push(low);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  told = [];
});

describe("the battery", () => {
  test.each([
    ["full", 1, false, []],
    ["a little above the mark", LOW + 0.01, false, []],
    ["at the mark", LOW, false, [true]],
    ["nearly empty", 0.03, false, [true]],
    ["nearly empty, charging", 0.03, true, []],
  ])("%s", async (_, level, charging, expected) => {
    new FakeBattery(level, charging).stub();
    watchBattery(tell);
    await settled();
    expect(told).toEqual(expected);
  });

  test("is told when it changes, once each time, until the watching ends", async () => {
    const battery = new FakeBattery(0.5, false).stub();
    const end = watchBattery(tell);
    await settled();
    battery.become(0.2, false);
    battery.become(0.19, false);
    battery.become(0.19, true);
    battery.become(0.25, false);
    expect(told).toEqual([true, false]);
    end();
    battery.become(0.1, false);
    expect(told).toEqual([true, false]);
  });

  test("that answers after the watching ended is not heard", async () => {
    new FakeBattery(0.1, false).stub();
    watchBattery(tell)();
    await settled();
    expect(told).toEqual([]);
  });

  test.each([
    ["says nothing of it", {}],
    ["refuses", { getBattery: () => Promise.reject(new Error("NotAllowedError")) }],
  ])("of a browser that %s is never low", async (_, navigator) => {
    vi.stubGlobal("navigator", navigator);
    watchBattery(tell)();
    await settled();
    expect(told).toEqual([]);
  });
});
