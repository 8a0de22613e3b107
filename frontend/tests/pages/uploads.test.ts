import { describe, expect, it, vi } from "vitest";
import { type SendFile, UploadQueue } from "../../src/pages/uploads";

const file = (name: string) => new File(["12345"], name);
const answer = (stored: number, refused: { name: string; message: string }[] = []) => ({
  status: 200,
  text: JSON.stringify({ stored: Array(stored).fill({}), refused }),
});

describe("uploads", () => {
  it("go two at a time, in order, and tell when one has landed", async () => {
    const waiting: ((value: { status: number; text: string }) => void)[] = [];
    const names: string[] = [];
    const send: SendFile = (each) => {
      names.push(each.name);
      return new Promise((resolve) => waiting.push(resolve));
    };
    const landed = vi.fn();
    const queue = new UploadQueue(() => {}, landed, send);
    queue.add([file("a"), file("b"), file("c")]);
    expect(names).toEqual(["a", "b"]);
    waiting[0]?.(answer(1));
    await vi.waitFor(() => expect(names).toEqual(["a", "b", "c"]));
    expect(landed).toHaveBeenCalledTimes(1);
    expect(queue.items.map(({ state }) => state)).toEqual(["done", "sending", "sending"]);
    waiting[1]?.(answer(0, [{ name: "b", message: "This is not a DICOM file." }]));
    waiting[2]?.(answer(2));
    await vi.waitFor(() => expect(queue.busy).toBe(false));
    expect(queue.items[1]?.refused).toEqual([{ name: "b", message: "This is not a DICOM file." }]);
    expect(landed).toHaveBeenCalledTimes(2);
  });

  it("tell progress, and that the server is checking", async () => {
    const seen: string[] = [];
    const send: SendFile = (_, progress) => {
      progress(2);
      progress(5);
      return Promise.resolve(answer(1));
    };
    const queue = new UploadQueue(
      () => seen.push(queue.items[0]?.state ?? ""),
      () => {},
      send,
    );
    queue.add([file("a")]);
    await vi.waitFor(() => expect(queue.busy).toBe(false));
    expect(seen).toContain("sending");
    expect(seen).toContain("checking");
  });

  it("begin anew with each batch, but keep what was not sent", async () => {
    const outcomes = ["cut", "stored", "here"];
    const send: SendFile = () => {
      const outcome = outcomes.shift();
      if (outcome === "cut") return Promise.reject(new Error("The link was lost."));
      const text = JSON.stringify({ stored: [{ already: outcome === "here" }], refused: [] });
      return Promise.resolve({ status: 200, text });
    };
    const queue = new UploadQueue(
      () => {},
      () => {},
      send,
    );
    queue.add([file("a"), file("b")]);
    await vi.waitFor(() => expect(queue.busy).toBe(false));
    queue.add([file("c")]);
    await vi.waitFor(() => expect(queue.busy).toBe(false));
    expect(queue.items.map(({ name, state, stored, already }) => [name, state, stored, already])).toEqual([
      ["a", "failed", 0, 0],
      ["c", "done", 1, 1],
    ]);
  });

  it("keep what failed, and send that again", async () => {
    const statuses = [413, "cut", 200];
    const send: SendFile = () => {
      const status = statuses.shift();
      if (status === "cut") return Promise.reject(new Error("The link was lost."));
      if (status === 413) return Promise.resolve({ status, text: '{"message": "The upload is too large."}' });
      return Promise.resolve(answer(1));
    };
    const queue = new UploadQueue(
      () => {},
      () => {},
      send,
    );
    queue.add([file("a"), file("b"), file("c")]);
    await vi.waitFor(() => expect(queue.busy).toBe(false));
    expect(queue.items.map(({ state, problem }) => [state, problem])).toEqual([
      ["failed", "The upload is too large."],
      ["failed", "The link was lost."],
      ["done", ""],
    ]);
    statuses.push(200, 200);
    queue.retry();
    await vi.waitFor(() => expect(queue.items.every(({ state }) => state === "done")).toBe(true));
    expect(queue.items).toHaveLength(3);
    queue.clear();
    expect(queue.items).toEqual([]);
  });
});
