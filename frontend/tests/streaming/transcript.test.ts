/** The golden session, its server's side played to this viewer: both languages end with the same bytes. */

import { expect, test } from "vitest";
import { assemble } from "../../src/streaming/assemble";
import { ViewerClient } from "../../src/streaming/client";
import { readServerMessage, type ViewerMessage, writeViewerMessage } from "../../src/streaming/wire";
import { fromHex, toHex, vectors } from "../vectors";

interface Step {
  readonly at: number;
  readonly from: "viewer" | "server";
  readonly query?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly hex?: string;
}

interface Transcript {
  readonly steps: readonly Step[];
  readonly holdings: readonly { readonly instance: string; readonly frame: number }[];
  readonly assembled: string;
}

const { steps, holdings, assembled } = vectors<Transcript>("transcript");
const [{ query = {} }] = steps as [Step];
const place = { study: query.study ?? "", series: query.series ?? null, position: Number(query.position) };

const written = (message: ViewerMessage): string => JSON.stringify(writeViewerMessage(message));
/** What the golden viewer wrote of a type. */
const golden = (type: string): string[] =>
  steps.flatMap(({ from, text = "" }) => (from === "viewer" && text.startsWith(`{"type":"${type}"`) ? text : []));

test("the opening request is the same", () => {
  const client = new ViewerClient({ width: Number(query.width), height: Number(query.height) });
  client.open(place);
  expect(Object.fromEntries(new URLSearchParams(client.openingQuery()))).toEqual(query);
});

test("the server's side ends in the same holdings and the same codestream, without a fault", () => {
  const client = new ViewerClient({ width: Number(query.width), height: Number(query.height) });
  client.open(place);
  client.connected(place.study);
  client.messagesToSend(0);
  const said: string[] = [];
  const say = (at: number) => said.push(...client.messagesToSend(at * 1000).map(written));
  for (const { at, from, text, hex } of steps) {
    if (from === "server" && text) client.receiveText(readServerMessage(JSON.parse(text)));
    else if (from === "server" && hex) client.receiveBinary(fromHex(hex));
    else if (text && JSON.parse(text).type === "leave") client.leave();
    else if (text && JSON.parse(text).type === "open") client.open({ ...place, series: null, position: 1 });
    else continue;
    say(at);
  }
  say((steps[steps.length - 1]?.at ?? 0) + 1);
  expect([...client.holdings].map((frame) => frame.stated())).toEqual(holdings);
  expect(said.filter((text) => /"(leave|open)"/.test(text))).toEqual([...golden("leave"), ...golden("open")]);
  const received = (text = ""): number => (JSON.parse(text) as { received: number }).received;
  const acks = (texts: readonly string[]) => texts.filter((text) => text.includes('"ack"'));
  expect(received(acks(said).pop())).toBe(received(golden("ack").pop()));

  const [frame] = client.holdings;
  const [header] = frame?.manifest.headers ?? [];
  if (!frame || !header) throw new Error("The transcript has no frame.");
  const { packets, data } = header;
  const held = packets.map((_, resolution) => frame.segments(0, resolution));
  expect(toHex(assemble(data, packets, frame.manifest.tiles[0]?.bytes.length ?? 0, held))).toBe(assembled);
});
