import { describe, expect, test } from "vitest";
import { StreamingError } from "../../src/streaming/errors";
import { type InstanceLayout, type StudyLayout, studyField } from "../../src/streaming/layout";
import { seeded } from "../vectors";

const ROOT = "1.2.826.0.1.3680043.8.498";

function study(instances: readonly InstanceLayout[]): StudyLayout {
  const series = { series: ROOT, number: 1, modality: "CT", description: "axial", body_part: "CHEST", instances };
  return {
    study: ROOT,
    description: "",
    date: "2026-11-24",
    patient: { name: "", id: "", birth_date: "", sex: "" },
    series: [series],
  };
}

const wire = (instances: unknown): unknown => {
  const whole = studyField.write(study([{ instance: "1", frames: 1, number: 1 }])) as { series: [object] };
  return { ...whole, series: [{ ...whole.series[0], instances }] };
};
const told = (instances: readonly InstanceLayout[]): unknown =>
  (studyField.write(study(instances)) as { series: [{ instances: unknown }] }).series[0].instances;
const read = (instances: unknown): readonly InstanceLayout[] | undefined =>
  studyField.read(wire(instances), "study").series[0]?.instances;

describe("instances", () => {
  test("are told by what differs from the one before", () => {
    const instances = [
      { instance: "1.2.10", frames: 1, number: 1 },
      { instance: "1.2.11", frames: 1, number: 2 },
      { instance: "1.2.11.5", frames: 1, number: 9 },
      { instance: "7", frames: 30, number: 10 },
    ];
    expect(told(instances)).toEqual([
      [0, "1.2.10"],
      [5, "1"],
      [6, ".5", 9],
      [0, "7", 10, 30],
    ]);
    expect(read(told(instances))).toEqual(instances);
  });

  test("whatever they are, come back as they were", () => {
    const random = seeded(17);
    for (let round = 0; round < 300; round++) {
      let number = random(9) - 4;
      const instances = Array.from({ length: 1 + random(20) }, () => {
        number = random(4) ? number + 1 : random(1000) - 500;
        const tail = Array.from({ length: 1 + random(3) }, () => random(1000)).join(".");
        return {
          instance: `${ROOT.slice(0, random(ROOT.length))}${tail}`,
          frames: random(3) ? 1 : 1 + random(500),
          number,
        };
      });
      expect(read(JSON.parse(JSON.stringify(told(instances))))).toEqual(instances);
    }
  });

  test("of a long series take a few characters each", () => {
    const instances = Array.from({ length: 500 }, (_, at) => ({
      instance: `${ROOT}.77.${1000 + at}`,
      frames: 1,
      number: at + 1,
    }));
    expect(JSON.stringify(told(instances)).length).toBeLessThan(500 * 12);
  });

  test.each([
    ["none", []],
    ["no list", "1.2"],
    ["no UID", [[0]]],
    ["no item", [null]],
    ["more than four parts", [[0, "1.2", 1, 1, 1]]],
    ["more kept than there is", [[1, ".2"]]],
    ["less than nothing kept", [[-1, "1.2"]]],
    ["a part kept", [[0.5, "1.2"]]],
    ["no text", [[0, 12]]],
    ["no UID's characters", [[0, "1.2x"]]],
    ["nothing at all", [[0, ""]]],
    [
      "a UID that grows too long",
      [
        [0, "1".repeat(64)],
        [64, "2"],
      ],
    ],
    ["no number", [[0, "1.2", null]]],
    [
      "a number beyond 32 bits",
      [
        [0, "1.2", 2 ** 31 - 1],
        [3, "1"],
      ],
    ],
    ["no frames", [[0, "1.2", 1, 0]]],
    [
      "more frames than a series may have",
      [
        [0, "1.2", 1, 1_000_000],
        [3, "1"],
      ],
    ],
  ])("%s are refused", (_, instances) => {
    expect(() => read(instances)).toThrow(StreamingError);
  });

  test("random values are read or refused, and what is read is a stack of instances", () => {
    const random = seeded(23);
    const value = (): unknown => [0, 1, 3, -1, 0.5, "", "1", ".1", "x", null, [], 2 ** 40, true][random(13)];
    let sound = 0;
    for (let round = 0; round < 8000; round++) {
      const instances = Array.from({ length: 1 + random(3) }, () => Array.from({ length: random(6) }, value));
      try {
        for (const each of read(instances) ?? []) {
          expect(each.instance).toMatch(/^[0-9.]{1,64}$/);
          expect(each.frames).toBeGreaterThan(0);
        }
        sound++;
      } catch (error) {
        expect(error).toBeInstanceOf(StreamingError);
      }
    }
    expect(sound).toBeGreaterThan(0);
  });
});
