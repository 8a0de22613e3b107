/**
 * Descriptions of JSON fields that both read and write.
 *
 * A Field checks what it reads (WireError with the field's path) and leaves out, when writing, an optional
 * field that stands at its default. Unknown fields are refused, so that a typing mistake never passes silently.
 */

import { fromBase64, toBase64 } from "./base64";
import { WireError } from "./errors";

export interface Field<T> {
  read(value: unknown, path: string): T;
  write(value: T): unknown;
  /** Present for optional fields: what an absent one means. */
  readonly fallback?: { readonly value: T };
}

/** The type that a Field reads. */
export type Value<F> = F extends Field<infer T> ? T : never;

function wrong(path: string, want: string): WireError {
  return new WireError(`${path || "The message"} is not ${want}.`);
}

function plain<T>(want: string, holds: (value: unknown) => value is T): Field<T> {
  return {
    read(value, path) {
      if (!holds(value)) throw wrong(path, want);
      return value;
    },
    write: (value) => value,
  };
}

export const finite = (min = -Infinity, max = Infinity): Field<number> =>
  plain(
    `a number from ${min} to ${max}`,
    (value): value is number => Number.isFinite(value) && (value as number) >= min && (value as number) <= max,
  );

export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Field<number> =>
  plain(
    `an integer from ${min} to ${max}`,
    (value): value is number => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  );

export const text = (max = 65536, pattern?: RegExp): Field<string> =>
  plain(
    pattern ? `text like ${pattern.source}` : `text of at most ${max} characters`,
    (value): value is string =>
      typeof value === "string" &&
      (value.length <= max || [...value].length <= max) &&
      (!pattern || pattern.test(value)),
  );

export const flag: Field<boolean> = plain("true or false", (value) => typeof value === "boolean");

export const uid = text(64, /^[0-9.]{1,64}$/);

export const oneOf = <T extends string | number>(...words: readonly T[]): Field<T> =>
  plain(`one of ${words.join(", ")}`, (value): value is T => words.includes(value as T));

export function list<T>(item: Field<T>, max = 1_000_000, min = 0): Field<readonly T[]> {
  return {
    read(value, path) {
      if (!Array.isArray(value) || value.length > max || value.length < min) {
        throw wrong(path, `a list of ${min} to ${max}`);
      }
      return value.map((each, index) => item.read(each, `${path}[${index}]`));
    },
    write: (value) => value.map(item.write),
  };
}

/** A list of fixed length whose places have one type each. */
export function tuple<T extends readonly unknown[]>(...items: { [K in keyof T]: Field<T[K]> }): Field<T> {
  const all = list({ read: (value: unknown) => value, write: (value) => value }, items.length, items.length);
  return {
    read: (value, path) =>
      all.read(value, path).map((each, index) => items[index]?.read(each, `${path}[${index}]`)) as unknown as T,
    write: (value) => value.map((each, index) => items[index]?.write(each)),
  };
}

/** Standard base64 on the wire, bytes in memory. */
export const bytes: Field<Uint8Array> = {
  read(value, path) {
    const data = typeof value === "string" ? fromBase64(value) : null;
    if (!data) throw wrong(path, "base64");
    return data;
  },
  write: toBase64,
};

export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    read: (value, path) => (value === null ? null : field.read(value, path)),
    write: (value) => (value === null ? null : field.write(value)),
  };
}

/** A field with a condition of its own. */
export function where<T>(field: Field<T>, want: string, holds: (value: T) => boolean): Field<T> {
  return {
    ...field,
    read(value, path) {
      const result = field.read(value, path);
      if (!holds(result)) throw wrong(path, want);
      return result;
    },
  };
}

/** May be absent, which means `fallback`; never written when it stands at that. */
export function optional<T, F extends T | null>(field: Field<T>, fallback: F): Field<T | F> {
  return {
    read: field.read,
    write: (value) => (value === null ? null : field.write(value as T)),
    fallback: { value: fallback },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a shape holds fields of every type; Value<> recovers each one
type Shape = Readonly<Record<string, Field<any>>>;

/** An object with exactly these fields, written in this order. */
export function record<S extends Shape>(shape: S): Field<{ readonly [K in keyof S]: Value<S[K]> }> {
  const names = Object.keys(shape);
  type Result = { readonly [K in keyof S]: Value<S[K]> };
  return {
    read(value, path) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(path, "an object");
      const given = new Map<string, unknown>(Object.entries(value));
      for (const name of given.keys()) {
        if (!names.includes(name)) throw new WireError(`${path}.${name} is not a field of the protocol.`);
      }
      const result: Record<string, unknown> = {};
      for (const name of names) {
        const field = shape[name];
        if (!field) continue;
        if (given.has(name)) result[name] = field.read(given.get(name), `${path}.${name}`);
        else if (field.fallback) result[name] = field.fallback.value;
        else throw new WireError(`${path}.${name} is missing.`);
      }
      return result as Result;
    },
    write(value) {
      const result: Record<string, unknown> = {};
      for (const name of names) {
        const field = shape[name];
        if (!field) continue;
        const held: unknown = (value as Readonly<Record<string, unknown>>)[name];
        if (field.fallback && same(field, held)) continue;
        result[name] = field.write(held);
      }
      return result;
    },
  };
}

function same(field: Field<unknown>, held: unknown): boolean {
  const fallback = field.fallback?.value;
  if (held === fallback) return true;
  if (typeof held !== "object" || held === null || fallback === null) return false;
  return JSON.stringify(field.write(held)) === JSON.stringify(field.write(fallback));
}
