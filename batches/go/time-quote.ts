// How Go's package time quotes what it refuses: everything beyond printable ASCII byte by byte.
import { encodeText } from './text.ts';

export function quoted(text: string): string {
  let out = '';
  for (const byte of encodeText(text)) {
    if (byte >= 0x80 || byte < 0x20) out += `\\x${byte.toString(16).padStart(2, '0')}`;
    else out += byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return `"${out}"`;
}
