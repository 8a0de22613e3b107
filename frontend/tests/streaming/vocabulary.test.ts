/** The words and numbers of `vocabulary.ts` are those of `streaming/vocabulary.py`, read from the file itself. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as errors from "../../src/streaming/errors";
import * as vocabulary from "../../src/streaming/vocabulary";

const python = (name: string): string =>
  readFileSync(new URL(`../../../streaming/${name}.py`, import.meta.url), "utf8");

function numberOf(product: string): number {
  return product.split("*").reduce((all, factor) => all * Number(factor), 1);
}

test("constants", () => {
  const found = [...python("vocabulary").matchAll(/^([A-Z_]+): Final = (?:"([^"]+)"|([\d_* ]+))$/gm)];
  const theirs = Object.fromEntries(
    found.map(([, name, text, product]) => [name, text ?? numberOf((product ?? "").replaceAll("_", ""))]),
  );
  const ours = Object.fromEntries(Object.entries(vocabulary).filter(([name]) => /^[A-Z_]+$/.test(name)));
  expect(Object.keys(theirs).length).toBeGreaterThan(8);
  expect(ours).toEqual(theirs);
});

test("enumerations", () => {
  const classes = [...python("vocabulary").matchAll(/^class (\w+)\((?:Str|Int)Enum\):\n((?:(?: {4}.*)?\n)+)/gm)];
  const theirs = Object.fromEntries(
    classes.map(([, name, body]) => [
      name,
      Object.fromEntries(
        [...(body ?? "").matchAll(/^ {4}([A-Z0-9_]+) = (?:"([^"]+)"|(\d+))$/gm)].map(([, member, text, number]) => [
          member,
          text ?? Number(number),
        ]),
      ),
    ]),
  );
  const { Coding, Quality, Tier, CloseCode } = vocabulary;
  expect(theirs).toEqual({ Coding, Quality, Tier, CloseCode });
});

test("error classes, their bases and close codes", () => {
  const classes = [...python("errors").matchAll(/^class (\w+)\((\w+)\):\n((?:(?: {4}.*)?\n)*)/gm)];
  expect(classes.map(([, name]) => name).sort()).toEqual(Object.keys(errors).sort());
  const all = errors as unknown as Record<string, new (message: string) => errors.StreamingError>;
  for (const [, name = "", base = "", body = ""] of classes) {
    const error = new (all[name] as (typeof all)[string])("A sentence.");
    if (base !== "Exception") expect(error).toBeInstanceOf(all[base]);
    const code = /close_code(?:: ClassVar\[CloseCode\])? = CloseCode\.(\w+)/.exec(body)?.[1];
    if (code) expect(error.closeCode).toBe(vocabulary.CloseCode[code as keyof typeof vocabulary.CloseCode]);
    const retry = /may_retry(?:: ClassVar\[bool\])? = (\w+)/.exec(body)?.[1];
    if (retry) expect(error.mayRetry).toBe(retry === "True");
  }
});
