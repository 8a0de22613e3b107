/** The file of @cornerstonejs/codec-openjpeg 1.3.6 that is used, by its address. */

declare module "@cornerstonejs/codec-openjpeg/decodewasm?url" {
  const url: string;
  export default url;
}
