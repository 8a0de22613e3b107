import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compress } from "./build/compress.ts";
import { plainImports } from "./build/plain-imports.ts";
import { slimDecoder } from "./build/slim-decoder.ts";
import { slimShaders } from "./build/slim-shaders.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/static/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [plainImports(), slimDecoder(), slimShaders(), compress()],
  build: {
    outDir: here("../app/static"),
    emptyOutDir: true,
    manifest: true, // .vite/manifest.json, from which the templates take the hashed names
    // Chrome 90, Safari 15 and newer can read it: they have private members, of which `es2020` would make WeakMaps.
    target: ["chrome98", "edge98", "firefox90", "safari16"],
    cssTarget: ["chrome90", "safari15"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { app: here("src/pages/app.ts"), sw: here("src/sw/sw.ts") },
      output: {
        // Shared by many chunks, they would be chunks of their own: more headers than words.
        codeSplitting: { groups: [{ name: "app", test: /src\/(pages\/app|streaming\/vocabulary|ui\/styled)/ }] },
        // The service worker's address is its identity, so it has no hash.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  worker: { format: "es" },
  test: {
    include: ["tests/**/*.test.{ts,tsx}", "src/**/*.test.{ts,tsx}"],
    passWithNoTests: false,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
