/** Whose scan this is: never hidden. And the link, as a word. */

import type { JSX } from "preact";
import type { ViewerState } from "../viewer/state";
import { dateWords, linkWords, nameWords, scanWords } from "../viewer/words";
import { Icon } from "./icons";

interface Props {
  readonly state: ViewerState;
  readonly openLink: () => void;
}

export function Header({ state, openLink }: Props): JSX.Element {
  const { patient, description, date } = state.study;
  const series = state.study.series.find(({ series: uid }) => uid === state.series);
  const person = [patient.sex, patient.birth_date && `born ${dateWords(patient.birth_date)}`];
  const scan = scanWords(state.modality, description, series?.description ?? "");
  return (
    <header class="identity">
      <a class="back" href="/" aria-label="All studies">
        <Icon name="back" />
      </a>
      <div class="who">
        <p class="name">{nameWords(patient.name)}</p>
        <p class="person">
          <span class="id">{patient.id ? `ID ${patient.id}` : "No ID"}</span>
          {person.filter(Boolean).map((word) => (
            <span key={word}>
              {" · "}
              <span class="whole">{word}</span>
            </span>
          ))}
        </p>
        <p class="scan">
          {dateWords(date) || "No date"} · {scan}
        </p>
      </div>
      <button type="button" class={`link ${state.link.state}`} onClick={openLink}>
        <i aria-hidden="true" />
        <span role="status">{linkWords(state.link.state)}</span>
      </button>
    </header>
  );
}
