/** A line of the study list, as the page embeds it and `/studies.json` answers it. */

import type { StudyLayout } from "../streaming/wire";
import type { Opening } from "../viewer/viewer";

export interface StudyRow {
  readonly study: string;
  readonly date: string;
  readonly description: string;
  readonly patient: { readonly name: string; readonly id: string; readonly birth_date: string; readonly sex: string };
  readonly modalities: readonly string[];
  readonly series: number;
  readonly instances: number;
  readonly frames: number;
  readonly preview: string | null;
  /** The frame that is seen when the study is opened. */
  readonly first: {
    readonly series: string;
    readonly modality: string;
    readonly instance: string;
    readonly frame: number;
  } | null;
  readonly notes: number;
  readonly added_at: string;
  readonly phantom?: boolean;
}

/** What the list knows of a study, so that it opens before the server has described it. */
export function openingOf(row: StudyRow): Opening | undefined {
  const { study, description, date, patient, first } = row;
  if (!first) return undefined;
  const instances = [{ instance: first.instance, frames: first.frame, number: 1 }];
  const series = {
    series: first.series,
    number: 1,
    modality: first.modality,
    description: "",
    body_part: "",
    instances,
  };
  const layout: StudyLayout = { study, description, date, patient, series: [series] };
  return {
    study: layout,
    opening: { series: first.series, position: 1 },
    manifest: null,
    preview: row.preview,
    latest: 0,
    provisional: true,
  };
}
