/** The parts used of @cornerstonejs/codec-openjpeg 1.3.6, which ships no types (an emscripten module with embind). */

declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  export interface FrameInfo {
    /** Of the full picture, whatever level was decoded. */
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }

  export interface J2KDecoder {
    /** Room for the codestream in the module's memory: fill it before decoding. */
    getEncodedBuffer(bytes: number): Uint8Array;
    decode(): void;
    /** `level`: resolutions discarded; `layers`: most layers decoded, 0 for all. */
    decodeSubResolution(level: number, layers: number): void;
    /** A view of the module's memory: copy it before anything else is called. Empty after a failure. */
    getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
    getFrameInfo(): FrameInfo;
    delete(): void;
  }

  export interface OpenJpeg {
    readonly J2KDecoder: new () => J2KDecoder;
  }

  export interface ModuleOptions {
    readonly instantiateWasm?: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object;
    readonly print?: (line: string) => void;
    readonly printErr?: (line: string) => void;
  }

  export default function load(options?: ModuleOptions): Promise<OpenJpeg>;
}

declare module "@cornerstonejs/codec-openjpeg/decodewasm?url" {
  const url: string;
  export default url;
}
