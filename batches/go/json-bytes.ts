// []byte in JSON: base64 with Go's errors, and the list of numbers that its decoder takes as well.
import type { JsonDecodeError } from './json-error.ts';
import type { GoType } from './json-type.ts';
import { encodeText } from './text.ts';

/** null is the nil slice. */
export const bytesType: GoType<Uint8Array | null> = {
  name: '[]uint8',
  zero: null,
  decode(node, previous, state) {
    switch (node.kind) {
      case 'null':
        return null;
      case 'string': {
        const decoded = decodeBase64(node.value);
        if (typeof decoded !== 'number') return decoded;
        state.save(corruptInput(decoded));
        return previous;
      }
      case 'array':
        return Uint8Array.from(node.items, (item) => {
          if (item.kind === 'number' && /^\d{1,3}$/.test(item.digits) && Number(item.digits) < 256) {
            return Number(item.digits);
          }
          if (item.kind !== 'null') {
            state.wrongType(item.kind === 'number' ? `number ${item.digits}` : item.kind, 'uint8');
          }
          return 0;
        });
      case 'bool':
      case 'number':
      case 'object':
        state.wrongType(node.kind, '[]uint8');
        return previous;
    }
  },
  encode: (value) => (value === null ? 'null' : `"${Buffer.from(value).toString('base64')}"`),
  isEmpty: (value) => value === null || value.length === 0,
};

function corruptInput(at: number): JsonDecodeError {
  return { kind: 'other', message: `illegal base64 data at input byte ${at}` };
}

/** The bytes, or the place of the byte that Go's decoder complains about. Line breaks between characters are skipped. */
function decodeBase64(text: string): Uint8Array | number {
  const bodyEnd = text.search(/[^A-Za-z0-9+/]/);
  const plain = text.length % 4 === 0 && (bodyEnd === -1 || /^==?$/.test(text.slice(bodyEnd, bodyEnd + 3)));
  return plain ? new Uint8Array(Buffer.from(text, 'base64')) : decodeQuanta(encodeText(text));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 0x3d;

function decodeQuanta(source: Uint8Array): Uint8Array | number {
  const out: number[] = [];
  let at = 0;
  const skipBreaks = (): void => {
    while (source[at] === 0x0a || source[at] === 0x0d) at += 1;
  };
  for (;;) {
    const sextets: number[] = [];
    while (sextets.length < 4) {
      skipBreaks();
      const byte = source[at];
      if (byte === undefined) {
        if (sextets.length === 0) return Uint8Array.from(out);
        return at - sextets.length;
      }
      at += 1;
      if (byte === PADDING) {
        if (sextets.length < 2) return at - 1;
        if (sextets.length === 2) {
          skipBreaks();
          if (at === source.length) return at;
          if (source[at] !== PADDING) return at - 1;
          at += 1;
        }
        skipBreaks();
        if (at < source.length) return at;
        break;
      }
      const sextet = ALPHABET.indexOf(String.fromCharCode(byte));
      if (sextet === -1) return at - 1;
      sextets.push(sextet);
    }
    const bits = sextets.reduce((sum, sextet, index) => sum | (sextet << (18 - 6 * index)), 0);
    out.push(...[bits >> 16, (bits >> 8) & 0xff, bits & 0xff].slice(0, sextets.length - 1));
    if (sextets.length < 4) return Uint8Array.from(out);
  }
}
