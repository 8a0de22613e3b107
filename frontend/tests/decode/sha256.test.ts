import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { ownSha256, sha256 } from "../../src/decode/sha256";
import { toBase64 } from "../../src/streaming/base64";

const data = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (index * 37 + (index >> 3)) & 255);

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003])("%i bytes, as node has it", (length) => {
  const expected = createHash("sha256").update(data(length)).digest();
  expect(Buffer.from(ownSha256(data(length)))).toEqual(expected);
});

test("a view is digested, not the buffer under it", () => {
  const part = data(300).subarray(17, 217);
  expect(Buffer.from(ownSha256(part))).toEqual(createHash("sha256").update(part).digest());
});

test("without crypto.subtle, as on plain http, the answer is the same", async () => {
  const expected = await sha256(data(500));
  vi.stubGlobal("crypto", {});
  expect(await sha256(data(500))).toBe(expected);
  vi.unstubAllGlobals();
  expect(toBase64(ownSha256(data(500)))).toBe(expected);
});
