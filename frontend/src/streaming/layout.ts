/** The layout of a study as it travels: the twin of `streaming/wire/layout.py`. */

import { WireError } from "./errors";
import { type Field, integer, list, record, text, uid, type Value } from "./fields";

export interface InstanceLayout {
  readonly instance: string;
  readonly frames: number;
  /** Instance Number. */
  readonly number: number;
}

/** Of an instance, and of a series. */
const frames = integer(1, 1_000_000);
const serial = integer(-(2 ** 31), 2 ** 31 - 1);
const words = text(1024);
/** YYYY-MM-DD or empty. */
const day = text(10, /^(\d{4}-\d\d-\d\d)?$/);
const NONE: InstanceLayout = { instance: "", frames: 1, number: 0 };

/**
 * Each instance by what differs from the one before it: `[kept, rest, number, frames]`. `kept` characters of the UID
 * before are kept, `rest` follows. Left out from the end: frames if 1, and then the number if it is the one before
 * plus 1.
 */
const instances: Field<readonly InstanceLayout[]> = {
  read(value, path) {
    let before = NONE;
    const all = list<unknown>({ read: (item) => item, write: (item) => item }, 100_000, 1)
      .read(value, path)
      .map((item, at) => {
        before = readInstance(item, before, `${path}[${at}]`);
        return before;
      });
    frames.read(
      all.reduce((sum, each) => sum + each.frames, 0),
      path,
    );
    return all;
  },
  write(all) {
    let before = NONE;
    return all.map((one) => {
      const kept = shared(before.instance, one.instance);
      const item: unknown[] = [kept, one.instance.slice(kept), one.number, one.frames];
      if (one.frames === 1) item.length = one.number === before.number + 1 ? 2 : 3;
      before = one;
      return item;
    });
  },
};

function readInstance(item: unknown, before: InstanceLayout, path: string): InstanceLayout {
  if (!Array.isArray(item) || item.length < 2 || item.length > 4) {
    throw new WireError(`${path} is not [kept, rest, number, frames].`);
  }
  const kept = integer(0, before.instance.length).read(item[0], path);
  const instance = uid.read(before.instance.slice(0, kept) + text(64).read(item[1], path), path);
  return {
    instance,
    frames: item.length > 3 ? frames.read(item[3], path) : 1,
    number: serial.read(item.length > 2 ? item[2] : before.number + 1, path),
  };
}

function shared(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

const seriesLayout = record({
  series: uid,
  number: serial,
  modality: text(64),
  description: words,
  body_part: words,
  instances,
});
const patient = record({ name: words, id: words, birth_date: day, sex: text(64) });

export const studyField = record({
  study: uid,
  description: words,
  date: day,
  patient,
  series: list(seriesLayout, 10_000),
});

export type SeriesLayout = Value<typeof seriesLayout>;
export type StudyLayout = Value<typeof studyField>;
