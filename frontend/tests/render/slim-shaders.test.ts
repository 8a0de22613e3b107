/** What the build takes out of the shaders is nothing that GLSL reads. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { slim } from "../../build/slim-shaders";

const source = readFileSync(new URL("../../src/render/shaders.ts", import.meta.url), "utf8").replace(
  /\/\*[\s\S]*?\*\//g,
  "",
);
const templates = (code: string): string => (code.match(/`[^`]*\n[^`]*`/g) ?? []).join("\n");
/** Words, numbers and signs; a line of the preprocessor ends where it did. */
const tokens = (code: string): string[] =>
  code
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim())
    .flatMap((line) => [...(line.match(/[\w.$]+|[^\s\w]/g) ?? []), ...(line.startsWith("#") ? ["end"] : [])]);

test("comments, indentation and spaces go; every word, number, sign and directive stays", () => {
  const slimmed = slim(source);
  expect(slimmed.length).toBeLessThan(source.length - 1000);
  expect(tokens(templates(slimmed))).toEqual(tokens(templates(source)));
  const directives = (code: string) => code.split("\n").flatMap((line) => (/^\s*#/.test(line) ? [line.trim()] : []));
  expect(directives(templates(slimmed))).toEqual(directives(templates(source)));
});

test("code around the shaders stays as it is, backticks in its comments too", () => {
  const code = "/** Of `a`,\n * b. */\nconst a = `b c`; // d `\n  const e = 1;";
  expect(slim(code)).toBe(code);
});
