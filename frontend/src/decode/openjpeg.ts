/**
 * OpenJPEG, as @cornerstonejs/codec-openjpeg compiles it (decode-only WebAssembly, version 1.3.6), without the emscripten
 * and embind glue shipped with it: of that only what its J2KDecoder needs, a fifth of the bytes.
 *
 * The binary's imports and exports have one-letter names, which change with every build of it: the version is pinned,
 * the build checks the file's digest (`build/slim-decoder.ts`), and tests decode real codestreams bit for bit.
 */

interface Exports {
  /** Memory. */
  readonly F: WebAssembly.Memory;
  /** Static constructors: they register the classes below. */
  G(): void;
  /** Function table. */
  readonly I: WebAssembly.Table;
}

/** What lies at an address, as JavaScript has it. */
type TypeReader = (address: number) => unknown;

interface Caller {
  readonly types: readonly TypeReader[];
  readonly construct: boolean;
}

type Method = (decoder: number, ...values: number[]) => number;

const GROWTH = 1.2;
const PAGE = 65_536;
const MOST_MEMORY = 2 ** 31;
const VIEWS = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];
/** Handles of emscripten::val below this stand for undefined, null, true and false. */
const FIRST_HANDLE = 10;

export class OpenJpeg {
  /** What was complained of since the last decode began. */
  complaints = "";
  #exports!: Exports;
  #construct!: () => number;
  #destroy!: (decoder: number) => void;
  readonly #methods = new Map<string, Method>();
  readonly #types = new Map<number, TypeReader>();
  readonly #callers: Caller[] = [];
  /** What emscripten::val handles stand for; each has one owner, which lets it go. */
  readonly #values: unknown[] = [];
  readonly #free: number[] = [];

  private constructor() {}

  static async load(module: WebAssembly.Module): Promise<OpenJpeg> {
    const result = new OpenJpeg();
    const instance = await WebAssembly.instantiate(module, { a: result.#imports() });
    result.#exports = instance.exports as unknown as Exports;
    result.#exports.G();
    return result;
  }

  /**
   * Decodes a codestream with `level` resolutions discarded. The result is a view of the module's memory: copy it before
   * the next call; it is empty, without an exception, where OpenJPEG gave up. After an exception this instance must not
   * be used any more: its stack is not unwound.
   *
   * A decoder is made for each picture: a used one hands back the picture before, when it cannot decode.
   */
  decode(codestream: Uint8Array, level: number): Uint8Array {
    this.complaints = "";
    const decoder = this.#construct();
    const room = this.#view("getEncodedBuffer", decoder, codestream.length);
    room.set(codestream);
    this.#methods.get("decodeSubResolution")?.(decoder, level, 0);
    const decoded = this.#view("getDecodedBuffer", decoder);
    // A copy, for the memory goes back with the decoder.
    const result = new Uint8Array(decoded);
    this.#destroy(decoder);
    return result;
  }

  #view(name: string, decoder: number, ...values: number[]): Uint8Array {
    const handle = this.#methods.get(name)?.(decoder, ...values) ?? 0;
    const view = this.#values[handle - FIRST_HANDLE] as Uint8Array;
    this.#release(handle);
    return view;
  }

  get #words(): Uint32Array {
    return new Uint32Array(this.#exports.F.buffer);
  }

  #word(address: number): number {
    return this.#words[address >> 2] as number;
  }

  #text(address: number): string {
    const bytes = new Uint8Array(this.#exports.F.buffer, address);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  }

  #entry<F extends (...values: never[]) => unknown>(index: number): F {
    return this.#exports.I.get(index) as F;
  }

  #handle(value: unknown): number {
    const place = this.#free.pop() ?? this.#values.length;
    this.#values[place] = value;
    return place + FIRST_HANDLE;
  }

  #release(handle: number): void {
    if (handle < FIRST_HANDLE) return;
    this.#values[handle - FIRST_HANDLE] = undefined;
    this.#free.push(handle - FIRST_HANDLE);
  }

  #grow(wanted: number): boolean {
    const { F: memory } = this.#exports;
    const size = memory.buffer.byteLength;
    const bytes = Math.min(MOST_MEMORY, Math.max(wanted >>> 0, size * GROWTH));
    try {
      memory.grow(Math.ceil((bytes - size) / PAGE));
      return true;
    } catch {
      return false;
    }
  }

  #imports(): WebAssembly.ModuleImports {
    const nothing = (): number => 0;
    return {
      // The C library's doors to the system
      e: (_exception: number) => {
        throw new Error("OpenJPEG threw an exception.");
      },
      q: () => {
        throw new Error("OpenJPEG aborted.");
      },
      w: (to: number, from: number, length: number) => {
        new Uint8Array(this.#exports.F.buffer).copyWithin(to, from, from + length);
      },
      s: () => MOST_MEMORY,
      r: (wanted: number) => this.#grow(wanted),
      t: nothing,
      u: (count: number, size: number) => {
        this.#words[count >> 2] = 0;
        this.#words[size >> 2] = 0;
        return 0;
      },
      v: nothing,
      o: nothing,
      i: (file: number, vectors: number, count: number, written: number) => {
        let sum = 0;
        for (let at = vectors; at < vectors + 8 * count; at += 8) {
          const length = this.#word(at + 4);
          const bytes = new Uint8Array(this.#exports.F.buffer, this.#word(at), length);
          // 2 is stderr; a broken codestream must not fill the memory with complaints.
          if (file === 2 && this.complaints.length < 500) this.complaints += String.fromCharCode(...bytes);
          sum += length;
        }
        this.#words[written >> 2] = sum;
        return 0;
      },
      // embind: the class, its constructor and its methods
      n: (...values: number[]) => {
        const destroy = values[12] as number;
        this.#destroy = (decoder) => this.#entry<(decoder: number) => void>(destroy)(decoder);
      },
      m: (_class: number, _count: number, _types: number, _signature: number, invoker: number, target: number) => {
        this.#construct = () => this.#entry<(target: number) => number>(invoker)(target);
      },
      b: (_class: number, name: number, _count: number, _types: number, _sign: number, invoker: number, to: number) => {
        const call: Method = (...values) =>
          this.#entry<(to: number, ...values: number[]) => number>(invoker)(to, ...values);
        this.#methods.set(this.#text(name).split("(", 1)[0] ?? "", call);
      },
      // embind: types that a value object or a call is made of
      x: (type: number) => this.#types.set(type, (address) => this.#values[this.#word(address) - FIRST_HANDLE]),
      d: (type: number) => this.#types.set(type, (address) => this.#word(address)),
      a: (type: number, kind: number) => {
        const View = VIEWS[kind] as Uint8ArrayConstructor;
        this.#types.set(type, (at) => new View(this.#exports.F.buffer, this.#word(at + 4), this.#word(at)));
      },
      ...Object.fromEntries([..."pzjyhgcfA"].map((name) => [name, nothing])),
      // emscripten::val
      E: (name: number) => this.#handle((globalThis as Record<string, unknown>)[this.#text(name)]),
      D: (handle: number) => this.#release(handle),
      B: nothing,
      l: (type: number, address: number) => this.#handle(this.#types.get(type)?.(address)),
      k: (count: number, address: number, kind: number) => {
        const types = Array.from(
          { length: count },
          (_, at) => this.#types.get(this.#word(address + 4 * at)) ?? nothing,
        );
        return this.#callers.push({ types: types.slice(1), construct: kind === 1 }) - 1;
      },
      C: (caller: number, handle: number, _destructors: number, address: number) => {
        const { types, construct } = this.#callers[caller] as Caller;
        const values = types.map((type, at) => type(address + 8 * at));
        const callee = this.#values[handle - FIRST_HANDLE] as CallableFunction;
        return this.#handle(construct ? Reflect.construct(callee, values) : Reflect.apply(callee, null, values));
      },
    };
  }
}
