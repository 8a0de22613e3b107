/** Windows a reader asks for by name, in modality units (HU); the values of the clinical reference. */

import type { Manifest } from "../streaming/manifest";

export interface Preset {
  readonly name: string;
  readonly center: number;
  readonly width: number;
}

const CT: readonly Preset[] = [
  { name: "Brain", width: 80, center: 40 },
  { name: "Subdural", width: 200, center: 75 },
  { name: "Stroke", width: 40, center: 40 },
  { name: "Bone", width: 1800, center: 400 },
  { name: "Temporal bone", width: 2800, center: 600 },
  { name: "Lung", width: 1500, center: -600 },
  { name: "Mediastinum", width: 350, center: 50 },
  { name: "Soft tissue", width: 400, center: 50 },
  { name: "Abdomen", width: 400, center: 30 },
  { name: "Liver", width: 150, center: 30 },
  { name: "Spine", width: 250, center: 50 },
  { name: "Vessels", width: 600, center: 200 },
];

/** Presets make sense only where values are Hounsfield units. */
export function presetsFor(modality: string, manifest: Manifest | null): readonly Preset[] {
  return modality === "CT" && manifest?.display.unit === "HU" ? CT : [];
}

/** The windows the file itself brings, by their explanation. */
export function fileWindows(manifest: Manifest | null): readonly Preset[] {
  return (manifest?.display.windows ?? []).map(({ center, width, explanation }, index) => ({
    name: explanation || (index === 0 ? "As sent" : `As sent ${index + 1}`),
    center,
    width,
  }));
}
