/** Standard base64 (RFC 4648 4, padded), without the DOM's atob: this folder runs anywhere. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The bytes, or null where the text is not base64. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const digits = text.replace(/=+$/, "");
  const result = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const digit of digits) {
    held = ((held << 6) | ALPHABET.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result[at++] = held >> bits;
    }
  }
  return result;
}

export function toBase64(data: Uint8Array): string {
  let result = "";
  for (let at = 0; at < data.length; at += 3) {
    const left = data.length - at;
    const word = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    result += ALPHABET.charAt(word >> 18) + ALPHABET.charAt((word >> 12) & 63);
    result += left > 1 ? ALPHABET.charAt((word >> 6) & 63) : "=";
    result += left > 2 ? ALPHABET.charAt(word & 63) : "=";
  }
  return result;
}
