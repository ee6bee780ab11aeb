/** Returns a text of ASCII characters as bytes, without TextEncoder: the pages that jsdom imitates have none. */
export const asciiBytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};
