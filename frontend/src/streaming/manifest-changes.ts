/** A manifest told by what differs from another one: the twin of `streaming/manifest_changes.py`. */

import { ManifestError } from "./errors";
import type { Field } from "./fields";
import { type Manifest, readManifest, writeManifest } from "./manifest";
import type { FrameKey } from "./vocabulary";

/** Fields of the manifest's JSON form; null where the other one has a field that this one has not. */
export type ManifestChanges = Readonly<Record<string, unknown>>;

/** What the message says beside the manifest. */
const NAMED = ["id", "instance", "frame"];

export const changesField: Field<ManifestChanges> = {
  read(value) {
    const holds = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!holds || NAMED.some((name) => name in value)) {
      throw new ManifestError("The changes of a manifest must be an object without its name.");
    }
    return value as ManifestChanges;
  },
  write: (value) => value,
};

/** The manifest that the changes make of `known`. Raises ManifestError where it is not sound. */
export function applyChanges(known: Manifest, changes: ManifestChanges, id: string, key: FrameKey): Manifest {
  const { instance, frame } = key;
  const fields = Object.entries({ ...(writeManifest(known) as object), ...changes, id, instance, frame });
  return readManifest(Object.fromEntries(fields.filter(([, value]) => value !== null)));
}
