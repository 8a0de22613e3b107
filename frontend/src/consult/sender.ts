/** Sending what waits in the outbox when no viewer, hence no stream, is open. */

import type { Outbox, Pending } from "./outbox";

export interface Sent {
  readonly stored: number;
  readonly refused: number;
  /** Still here: no link, or the server could not. */
  readonly waiting: number;
}

/** One note after the other: PUT is idempotent, so a note whose answer was lost is simply sent again. */
export async function sendOutbox(outbox: Outbox, fetcher: typeof fetch = fetch): Promise<Sent> {
  const notes = await outbox.list();
  let stored = 0;
  let refused = 0;
  for (const pending of notes) {
    if (pending.refused) {
      refused += 1;
      continue;
    }
    const answer = await put(pending, fetcher);
    if (answer === "stored") {
      await outbox.remove(pending.id);
      stored += 1;
    } else if (answer !== "waiting") {
      await outbox.put({ ...pending, refused: answer.refused });
      refused += 1;
    }
  }
  return { stored, refused, waiting: notes.length - stored - refused };
}

async function put(
  { study, id, note }: Pending,
  fetcher: typeof fetch,
): Promise<"stored" | "waiting" | { refused: string }> {
  try {
    const answer = await fetcher(`/studies/${study}/notes/${id}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(note),
    });
    if (answer.ok) return "stored";
    if (answer.status >= 500 || answer.status === 429) return "waiting";
    const problem = (await answer.json()) as { message?: string };
    return { refused: problem.message ?? "The server does not take this note." };
  } catch {
    return "waiting"; // no link, or an answer that was cut off
  }
}
