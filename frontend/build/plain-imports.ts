import type { Plugin } from "vite";

/**
 * Dynamic imports as the browser does them, without Vite's loader of their style sheets and preloads.
 *
 * What a chunk shares with its page is on the page already; a chunk with styles of its own links them itself
 * (src/cine). That loader is 0.7 kB of every first visit.
 */
export function plainImports(): Plugin {
  return {
    name: "plain-imports",
    apply: "build",
    enforce: "pre",
    load(id) {
      return id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null;
    },
  };
}
