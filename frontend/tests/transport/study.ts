/** A study of one series, and a look at its first image. */

import type { StudyLayout } from "../../src/streaming/wire";
import type { Look } from "../../src/transport/frame-state";

export const look: Look = {
  series: "1.2.1",
  position: 1,
  region: [0, 0, 40, 24],
  scale: 1,
  window: null,
  speed: 0,
  saver: false,
  readable: false,
  paused: false,
};

export function studyOf(...instances: string[]): StudyLayout {
  return {
    study: "1.2",
    date: "",
    description: "",
    patient: { name: "", id: "", birth_date: "", sex: "" },
    series: [
      {
        series: "1.2.1",
        number: 1,
        modality: "CT",
        description: "",
        laterality: "",
        instances: instances.map((instance, at) => ({ instance, number: at + 1, frames: 1 })),
      },
    ],
  } as unknown as StudyLayout;
}
