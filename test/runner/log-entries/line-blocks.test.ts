import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineBlocks } from '#runner/log-entries/line-blocks.ts';

function read(chunks: readonly Uint8Array[], lineBytesMax?: number): string {
  const blocks = new LineBlocks(lineBytesMax);
  let text = '';
  for (const block of [...chunks.map((chunk) => blocks.push(chunk)), blocks.end()]) {
    if (block.kind === 'too-long') return 'too-long';
    text += block.text;
  }
  return text;
}

describe('lines as Go cuts them', () => {
  test.each<[name: string, bytes: string | number[], text: string]>([
    ['nothing', '', ''],
    ['one line', 'a\n', 'a\n'],
    ['a last line without newline', 'a\nb', 'a\nb\n'],
    ['empty lines', '\n\n', '\n\n'],
    ['a carriage return before the newline', 'a\r\n', 'a\n'],
    ['two of them: one is cut', 'a\r\r\n', 'a\r\n'],
    ['a carriage return at the very end', 'a\r', 'a\n'],
    ['a carriage return within the line', '10%\r20%\n', '10%\r20%\n'],
    ['a NUL byte', 'a\0b\n', 'a\0b\n'],
    ['bytes that are no UTF-8: one sign each', [0x61, 0xff, 0xe2, 0x82, 0x0a], 'a\ufffd\ufffd\ufffd\n'],
    ['a character of four bytes', '😀\n', '😀\n'],
  ])('%s', (_, bytes, text) => {
    expect(read([Buffer.from(bytes as string)])).toBe(text);
  });

  test('a line at the limit is too long, one byte less is not', () => {
    expect(read([Buffer.from('x'.repeat(9))], 10)).toBe(`${'x'.repeat(9)}\n`);
    expect(read([Buffer.from('x'.repeat(5)), Buffer.from('x'.repeat(5))], 10)).toBe('too-long');
    expect(read([Buffer.from('short\n'), Buffer.from(`${'x'.repeat(20)}\n`)], 10)).toBe('too-long');
  });
});

test('where the bytes are cut into chunks makes no difference', () => {
  const byte = fc.constantFrom(0x0a, 0x0d, 0x61, 0x00, 0xff, 0xe2, 0x82, 0xac, 0xf0, 0x9f);
  const chunks = fc.array(
    fc.uint8Array({ maxLength: 6 }).chain(() => fc.array(byte, { maxLength: 6 })),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(chunks, (parts) => {
      const buffers = parts.map((part) => Buffer.from(part));
      expect(read(buffers)).toBe(read([Buffer.concat(buffers)]));
    }),
    { numRuns: 1000 },
  );
});
