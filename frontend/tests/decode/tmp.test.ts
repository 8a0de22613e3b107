import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { slimmed } from "../../build/slim-decoder";
import { OpenJpeg } from "../../src/decode/openjpeg";
import { seeded } from "../vectors";
const original = readFileSync(createRequire(import.meta.url).resolve("@cornerstonejs/codec-openjpeg/decodewasm"));
test("all", async () => {
  const mods = [await WebAssembly.compile(slimmed(original)), await WebAssembly.compile(new Uint8Array(original))];
  const inst: (OpenJpeg | null)[] = [null, null];
  const run = async (i: number, d: Uint8Array, l: number) => { inst[i] ??= await OpenJpeg.load(mods[i] as WebAssembly.Module); try { return Buffer.from((inst[i] as OpenJpeg).decode(d, l)); } catch (e) { inst[i] = null; return String(e).includes("unreachable") ? "TRAP" : "refused"; } };
  const list = [...readFileSync("/tmp/twin/slim/list", "utf8").trim().split("\n"), ...readFileSync("/tmp/twin/slim/biglist", "utf8").trim().split("\n")];
  let ok = 0, refused = 0, traps = 0, differ = 0; const random = seeded(Number(process.env.SEED ?? 77));
  const both = async (d: Uint8Array, l: number) => { const a = await run(0, d, l), b = await run(1, d, l); if (a === "TRAP") { traps++; if (b instanceof Buffer && b.length) differ++; } else if (a instanceof Buffer && b instanceof Buffer) { if (a.equals(b)) a.length ? ok++ : refused++; else differ++; } else if (typeof a === typeof b) refused++; else differ++; };
  for (const f of list) { const d = new Uint8Array(readFileSync(f)); await both(d, 0); await both(d, 1); }
  console.log("valid", { ok, refused, traps, differ });
  const small = list.map((f) => new Uint8Array(readFileSync(f))).filter((d) => d.length < 15000);
  const end = Date.now() + 50000; let n = 0;
  while (Date.now() < end) { const d = (small[random(small.length)] as Uint8Array).slice(); for (let i = 1 + random(4); i > 0; i--) d[random(random(2) ? Math.min(d.length, 200) : d.length)] = random(256); await both(random(5) ? d : d.slice(0, random(d.length)), random(3)); n++; }
  console.log("fuzzed", n, { ok, refused, traps, differ });
  expect(differ).toBe(0);
}, 200000);
