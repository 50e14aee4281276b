import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EntryText } from '#runner/log-entries/entry-text.ts';

describe('a text beyond its bounds', () => {
  test('keeps beginning and end, and says what is missing between', () => {
    const text = new EntryText(14, 10);
    for (let i = 0; i < 10; i++) text.append(`line ${i}\n`);
    text.end();
    expect(text.text).toBe(
      'line 0\nline 1\n' +
        'stderr: [this log is longer than the 0 MiB that are kept; its end follows when the command ends]\n' +
        'stderr: [42 bytes were left out here]\n' +
        'line 8\nline 9\n',
    );
  });

  test('keeps a result whole, wherever it comes', () => {
    const text = new EntryText(20, 10);
    for (let i = 0; i < 10; i++) text.append(`line ${i}\n`);
    const result = `stdout: ${'r'.repeat(100)}\n`;
    text.appendWhole(result);
    text.end();
    expect(text.text).toContain(`\n${result}`);
  });

  test('keeps the end of a line that alone is too long for it', () => {
    const text = new EntryText(10, 100_000);
    text.append(`${'x'.repeat(1_000_000)}y\n`);
    text.append('after\n');
    text.end();
    expect(text.text.startsWith('xxxxxxxxxx\nstderr: [')).toBe(true);
    expect(text.text.endsWith('xxxy\nafter\n')).toBe(true);
    expect(text.text.length).toBeGreaterThan(100_000);
    expect(text.text.length).toBeLessThan(200_000);
  });

  test('cuts a line that alone is too long, at a character', () => {
    const text = new EntryText(10, 5);
    text.append(`${'é'.repeat(50)}\n`);
    text.end();
    expect(text.text.startsWith('ééééé\nstderr: [')).toBe(true);
    expect(text.text).not.toContain('\ufffd');
  });
});

test('it only grows, its sizes are true, and its bound holds', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '\0', '"', 'é'), maxLength: 30 }).map((text) => `${text}\n`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const text = new EntryText(100, 40);
      let before = '';
      for (const one of lines) {
        text.append(one);
        expect(text.text.startsWith(before)).toBe(true);
        before = text.text;
      }
      text.end();
      expect(text.text.startsWith(before)).toBe(true);
      expect(text.bytes).toBe(Buffer.byteLength(text.text));
      expect(text.encodedBytes).toBe(Buffer.byteLength(JSON.stringify(text.text)) - 2);
      expect(text.bytes).toBeLessThan(100 + 40 + 250);
      if (Buffer.byteLength(lines.join('')) <= 100) expect(text.text).toBe(lines.join(''));
    }),
    { numRuns: 500 },
  );
});
