import type { Plugin } from "vite";

const REPLACED: readonly (readonly [RegExp, string])[] = [
  // It never runs on Node: the minifier then drops what is only for Node.
  [/ENVIRONMENT_IS_NODE=typeof process==[^;]*;/, "ENVIRONMENT_IS_NODE=false;"],
  [/require\("fs"\)/, "undefined"],
  [/require\("path"\)/, "undefined"],
  // An ES module, so that it needs no CommonJS runtime, which would be one more file to wait for.
  [/if \(typeof exports === 'object'[\s\S]*$/, "export default OpenJPEGWASM;\n"],
];

/** Makes OpenJPEG's emscripten glue an ES module for the browser alone. */
export function browserGlue(): Plugin {
  return {
    name: "firstlight-browser-glue",
    transform: {
      filter: { id: /codec-openjpeg\/dist\/.*\.js$/ },
      handler(code) {
        let ours = code;
        for (const [pattern, replacement] of REPLACED) {
          if (!pattern.test(ours)) this.error(`OpenJPEG's glue no longer contains ${pattern}.`);
          ours = ours.replace(pattern, replacement);
        }
        return { code: ours, map: null };
      },
    },
  };
}
