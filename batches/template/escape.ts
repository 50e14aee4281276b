// html, js and urlquery (Go: text/template/funcs.go and net/url).
import { sprint } from '#batches/go/format.ts';
import { GoPointer, type GoConcrete } from '#batches/go/reflect.ts';
import { joined } from '#batches/go/text-bytes.ts';
import { encodeText } from '#batches/go/text.ts';
import { isPrint } from '#batches/go/unicode.ts';

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};
const JS_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Operands as one text, as an action prints them: nil is `<no value>` (`evalArgs`). */
export function printedOperands(operands: readonly (GoConcrete | null)[]): string {
  return sprint(operands.map((operand) => (operand instanceof GoPointer ? operand.target : (operand ?? '<no value>'))));
}

export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => HTML_ESCAPES[character] ?? '');
}

export function escapeJs(text: string): string {
  return joined(text.replace(/[\\'"<>&=\0-\x1f]|[^\0-\x7f]/gu, escapeJsCharacter));
}

function escapeJsCharacter(character: string): string {
  const known = JS_ESCAPES[character];
  if (known !== undefined) return known;
  const rune = character.codePointAt(0) ?? 0;
  if (rune >= 0xdc80 && rune <= 0xdcff) return character; // a byte that is not valid UTF-8 stays as it is
  if (rune >= 0x80 && isPrint(rune)) return character;
  return `\\u${rune.toString(16).toUpperCase().padStart(4, '0')}`;
}

export function escapeQuery(text: string): string {
  if (/^[A-Za-z0-9_.~-]*$/.test(text)) return text;
  let escaped = '';
  for (const byte of encodeText(text)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9_.~-]/.test(character)) escaped += character;
    else escaped += byte === 0x20 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}
