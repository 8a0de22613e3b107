// Built with the Vite of ../../../../frontend; nothing of it is installed here.
export default {
  base: "/peer/",
  // One of Cornerstone's dependencies extends Node's EventEmitter.
  resolve: { alias: { events: "events/" } },
  build: { target: "esnext", assetsInlineLimit: 0, reportCompressedSize: false },
  worker: { format: "es" },
};
