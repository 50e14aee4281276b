// The character classes of YAML as libyaml's Go port draws them. A character is a UTF-16 code unit; END stands for the
// end of the text (the reader lets no NUL through).

export const END = 0;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const NEXT_LINE = 0x85;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;

export function isBlank(character: number): boolean {
  return character === SPACE || character === TAB;
}

export function isTab(character: number): boolean {
  return character === TAB;
}

export function isSpace(character: number): boolean {
  return character === SPACE;
}

export function isBreak(character: number): boolean {
  return (
    character === LINE_FEED ||
    character === CARRIAGE_RETURN ||
    character === NEXT_LINE ||
    character === LINE_SEPARATOR ||
    character === PARAGRAPH_SEPARATOR
  );
}

export function isBreakOrEnd(character: number): boolean {
  return character === END || isBreak(character);
}

export function isBlankBreakOrEnd(character: number): boolean {
  return isBlank(character) || isBreakOrEnd(character);
}

/** Letters, digits, "_" and "-": what anchors, handles and directive names are made of. */
export function isWord(character: number): boolean {
  return isDigit(character) || isLetter(character) || character === 0x5f || character === 0x2d;
}

export function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

function isLetter(character: number): boolean {
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(character: number): number {
  if (isDigit(character)) return character - 0x30;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

export function isCarriageReturnLineFeed(first: number, second: number): boolean {
  return first === CARRIAGE_RETURN && second === LINE_FEED;
}

/** The text that a line break contributes: every kind is a line feed but the two Unicode separators, which stay. */
export function breakText(character: number): string {
  if (character === LINE_SEPARATOR || character === PARAGRAPH_SEPARATOR) return String.fromCharCode(character);
  return '\n';
}
