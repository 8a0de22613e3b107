/** Lookup tables and overlay bits, fetched once each: they are immutable and the browser caches them. */

import type { Manifest } from "../streaming/manifest";

const MAX_BACKOFF_MS = 30_000;

export class TableStore {
  readonly tables = new Map<string, Uint8Array | Uint16Array>();
  readonly #asked = new Set<string>();

  /** @param arrived called after each table: draw again */
  constructor(
    readonly arrived: () => void,
    readonly fetcher: (url: string) => Promise<Response> = (url) => fetch(url),
  ) {}

  /** Asks for what the manifest names and is not here. */
  want(manifest: Manifest): void {
    const { modality_lut, palette, voi_luts, overlays } = manifest.display;
    for (const table of [modality_lut, palette, ...voi_luts]) {
      if (table) this.#ask(table.id, table.bits);
    }
    for (const overlay of overlays) this.#ask(overlay.table, 1);
  }

  #ask(id: string, bits: number): void {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    void this.#load(id, bits, 1000);
  }

  async #load(id: string, bits: number, delay: number): Promise<void> {
    try {
      const answer = await this.fetcher(`/tables/${id}`);
      if (!answer.ok) throw new Error(`The table came back with status ${answer.status}.`);
      const bytes = await answer.arrayBuffer();
      this.tables.set(id, bits > 8 ? new Uint16Array(bytes) : new Uint8Array(bytes));
      this.arrived();
    } catch {
      // Without its table a picture would be wrong, so it waits, as a thin link makes everything wait.
      setTimeout(() => void this.#load(id, bits, Math.min(delay * 2, MAX_BACKOFF_MS)), delay);
    }
  }
}
