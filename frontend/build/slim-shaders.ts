import type { Plugin } from "vite";

/** Shader sources without comments, indentation and spaces that only people read. */
export function slimShaders(): Plugin {
  return {
    name: "slim-shaders",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      return id.endsWith("/render/shaders.ts") ? { code: slim(code), map: null } : null;
    },
  };
}

/** Of a TypeScript file, what template strings of several lines hold. */
export function slim(code: string): string {
  // Comments are matched as well: a backtick in one begins no template.
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g, (found) =>
    found.startsWith("`") ? found.split("\n").map(slimLine).filter(Boolean).join("\n") : found,
  );
}

/** A line of GLSL stays a line; one of the preprocessor's, or with a value of ours in it, keeps its spaces. */
function slimLine(line: string): string {
  const bare = line.replace(/\/\/.*$/, "").trim();
  return /^#|[`$]/.test(bare) ? bare : bare.replace(/ *([-+*/%=<>!&|?:,;(){}[\]]) */g, "$1");
}
