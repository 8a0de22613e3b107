/** The series of the study, each with its first picture. */

import type { JSX } from "preact";
import { stackLength } from "../viewer/places";
import type { Viewer } from "../viewer/viewer";
import { Sheet } from "./sheet";

interface Props {
  readonly viewer: Viewer;
  readonly close: () => void;
  readonly measured: (height: number) => void;
}

export function SeriesSheet({ viewer, close, measured }: Props): JSX.Element {
  const { study, series: shown } = viewer.state;
  return (
    <Sheet title="Series" close={close} measured={measured}>
      <ul class="series">
        {study.series.map((series, index) => {
          const first = series.instances[0];
          const count = stackLength(series);
          return (
            <li key={series.series}>
              <button
                type="button"
                aria-pressed={series.series === shown}
                onClick={() => {
                  viewer.show(1, series.series);
                  close();
                }}
              >
                {first ? (
                  <img
                    alt=""
                    loading="lazy"
                    width="64"
                    height="64"
                    src={`/studies/${study.study}/instances/${first.instance}/frames/1/preview`}
                  />
                ) : (
                  <i class="no-picture" />
                )}
                <span>
                  <b>
                    S{index + 1} {series.description || series.modality}
                  </b>
                  <small>
                    {series.modality} · {count === 1 ? "1 image" : `${count} images`}
                    {series.body_part && ` · ${series.body_part.toLowerCase()}`}
                  </small>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Sheet>
  );
}
