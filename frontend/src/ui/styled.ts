/** The style sheet of a part that is loaded by itself. */

/** Links it, once; throws where it does not come. A plain import would put the bundler's loader into the first script. */
export function styled(sheet: string): Promise<void> {
  if (document.querySelector(`link[href="${sheet}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: sheet });
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error("The style sheet did not load."));
    };
    document.head.append(link);
  });
}
