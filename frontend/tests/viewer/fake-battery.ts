/** A BatteryManager in the test's hand. */

import { vi } from "vitest";

export class FakeBattery extends EventTarget {
  constructor(
    public level: number,
    public charging: boolean,
  ) {
    super();
  }

  /** The browser's from now on. */
  stub(more: object = {}): this {
    vi.stubGlobal("navigator", { ...more, getBattery: () => Promise.resolve(this) });
    return this;
  }

  become(level: number, charging: boolean): void {
    const events = [level !== this.level && "levelchange", charging !== this.charging && "chargingchange"];
    this.level = level;
    this.charging = charging;
    for (const event of events) if (event) this.dispatchEvent(new Event(event));
  }
}
