/** Data saver, and why it is on though nobody turned it on. */

import type { JSX } from "preact";
import type { Viewer } from "../viewer/viewer";
import { Switch } from "./switch";

export function SaverSwitch({ viewer }: { readonly viewer: Viewer }): JSX.Element {
  const { saver, lowBattery } = viewer.state;
  return (
    <Switch
      on={saver}
      word="Data saver"
      note={saver && lowBattery ? "Saving data: battery is low" : "Only what you look at is loaded"}
      act={() => viewer.set({ saver: !saver })}
    />
  );
}
