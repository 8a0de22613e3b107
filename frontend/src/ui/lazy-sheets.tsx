/** Sheets that no reading waits for: they come when the link is idle, or when one is opened. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Viewer } from "../viewer/viewer";
import { Sheet } from "./sheet";

type Sheets = typeof import("./sheets");
type Name = "BadgeSheet" | "MoreSheet" | "KeysSheet" | "LinkSheet";

interface Props {
  readonly viewer: Viewer;
  readonly close: () => void;
  readonly measured: (height: number) => void;
}

let sheets: Sheets | undefined;

/** Fetches them ahead; on a link that is cut, the next time one is opened. */
export async function fetchSheets(): Promise<void> {
  sheets ??= await import("./sheets").catch(() => undefined);
}

function lazy(name: Name, title: string) {
  return function LazySheet(props: Props): JSX.Element {
    const [found, setFound] = useState(() => sheets);
    useEffect(() => {
      if (!found) void fetchSheets().then(() => setFound(() => sheets));
    }, [found]);
    if (found) {
      const Found = found[name];
      return <Found {...props} />;
    }
    return (
      <Sheet title={title} close={props.close} measured={props.measured}>
        <p class="quiet">This part of the app is on its way.</p>
      </Sheet>
    );
  };
}

export const BadgeSheet = lazy("BadgeSheet", "Quality");
export const MoreSheet = lazy("MoreSheet", "More");
export const KeysSheet = lazy("KeysSheet", "Gestures and keys");
export const LinkSheet = lazy("LinkSheet", "Link");
