// Templates that ask for too much end in a TemplateError, soon.
import { describe, expect, test } from '@jest/globals';
import { rendered } from './context.ts';

const nested = (before: string, inside: string, after: string, depth: number): string =>
  `\${{ ${before.repeat(depth)}${inside}${after.repeat(depth)} }}`;

describe('limits', () => {
  test.each<[string, string, string]>([
    ['parentheses beyond the limit', nested('(', '1', ')', 151), 'max expression depth exceeded'],
    ['very many parentheses', nested('(', '1', ')', 1_000_000), 'max expression depth exceeded'],
    [
      'a template that invokes itself',
      '${{ define "x" }}${{ template "x" }}${{ end }}${{ template "x" }}',
      'exceeded maximum template depth (100000)',
    ],
    [
      'templates that double at each depth',
      '${{ define "x" }}${{ if lt (len .) 60 }}${{ template "x" (print . "a") }}${{ template "x" (print . "b") }}${{ end }}${{ end }}${{ template "x" "" }}',
      'exceeded maximum work of a render',
    ],
    ['a range without end', '${{ range outputs.max }}${{ end }}', 'exceeded maximum work of a render'],
    [
      'a text that doubles',
      '${{ $x := "aaaa" }}${{ range 99 }}${{ $x = print $x $x }}${{ end }}',
      'exceeded maximum work of a render',
    ],
    [
      'wide paddings',
      '${{ range 999 }}${{ printf "%1000000d" 1 }}${{ end }}',
      'exceeded maximum output length (67108864)',
    ],
    [
      'many paddings in one format',
      `\${{ printf "${'%999999d'.repeat(99)}"${' 1'.repeat(99)} }}`,
      'formatted text exceeds 67108864 characters',
    ],
    [
      'a replacement between all characters',
      '${{ $x := printf "%999999d" 1 }}${{ replace $x "" $x }}',
      'error calling replace: result exceeds 67108864 characters',
    ],
    [
      'the same large list again and again',
      '${{ $x := split (printf "%999999d" 1) "" }}${{ range 999999 }}${{ $y := join $x "" }}${{ end }}',
      'exceeded maximum work of a render',
    ],
    ['a text longer than the limit', 'a'.repeat(64 * 1024 * 1024 + 1), 'longer than 67108864 characters'],
  ])('%s', (_name, text, expected) => {
    expect(rendered(text)).toContain(expected);
  });

  test.each<[string, string, string]>([
    ['parentheses at the limit', nested('(', '1', ')', 150), '1'],
    ['functions in parentheses at the limit', nested('(print ', '1', ')', 150), '1'],
    ['very many open blocks', `${'${{ if true }}'.repeat(20_000)}x${'${{ end }}'.repeat(20_000)}`, 'x'],
    [
      'a long chain of else if',
      `\${{ if false }}${'${{ else if false }}'.repeat(20_000)}\${{ else }}x\${{ end }}`,
      'x',
    ],
    ['the widest padding', '${{ len (printf "%1000000d" 1) }}', '1000000'],
    ['a width that is no number to fmt', '${{ printf "%10000010d" 1 }}', '%!(NOVERB)%!(EXTRA int=1)'],
  ])('%s', (_name, text, expected) => {
    expect(rendered(text)).toBe(expected);
  });

  test('ten megabytes of text with one action', () => {
    expect(rendered(`${'a'.repeat(10_000_000)}\${{ outputs.nope }}`)).toBe(
      'template: t:1:10000004: executing "t" at <outputs>: map has no entry for key "nope"',
    );
  });
});
