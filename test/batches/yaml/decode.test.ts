// YAML as gopkg.in/yaml.v3 v3.0.1 decodes it: what it gives and what it says was checked against that package itself.
import { describe, expect, test } from '@jest/globals';
import { GoAnyMap, GoInt, GoTime, GoUint64, type GoValue } from '#batches/go/values.ts';
import { decodeYaml } from '#batches/yaml/index.ts';

function valueOf(text: string): GoValue {
  const decoded = decodeYaml(text);
  if (decoded.kind !== 'value') throw new Error(JSON.stringify(decoded));
  return decoded.value;
}

function errorOf(text: string): string | null {
  const decoded = decodeYaml(text);
  return decoded.kind === 'error' ? decoded.message : null;
}

const int = (value: bigint | number): GoInt => new GoInt(value);

describe('plain scalars', () => {
  test.each<[string, string, GoValue]>([
    ['an int', '5', int(5)],
    ['an octal of YAML 1.1', '017', int(15)],
    ['an octal of YAML 1.2', '0o17', int(15)],
    ['eight is no octal digit', '08', 8],
    ['hexadecimal with underscores', '0xF_F', int(255)],
    ['a negative binary', '-0b101', int(-5)],
    ['a sign behind a binary prefix', '0b-101', int(-5)],
    ['the largest int', '9223372036854775807', int(9223372036854775807n)],
    ['one more', '9223372036854775808', new GoUint64(9223372036854775808n)],
    ['beyond uint64', '18446744073709551616', 18446744073709551616],
    ['a float with an exponent', '1e3', 1000],
    ['no digits before the dot', '.5', 0.5],
    ['infinity', '-.Inf', -Infinity],
    ['too large for a float', '.1e999', '.1e999'],
    ['yes is a text', 'yes', 'yes'],
    ['a truth', 'True', true],
    ['a null', '~', null],
    ['base 60 is a text', '1:30', '1:30'],
    ['a date', '2020-1-2', new GoTime(1577923200000000000n, null)],
    ['a time without a zone', '2020-01-02 03:04:05.5', new GoTime(1577934245500000000n, null)],
    ['a time with a zone', '2020-01-02T03:04:05+01:00', new GoTime(1577930645000000000n, 3600)],
    ['a time of day without a date', '2020-01-02T03:04:05', '2020-01-02T03:04:05'],
    ['no such day', '2021-02-29', '2021-02-29'],
    ['folded lines', 'a\n  b\n\n  c\n', 'a b\nc'],
  ])('%s', (_name, text, value) => {
    expect(valueOf(text)).toEqual(value);
  });
});

describe('other scalars', () => {
  test.each<[string, string, GoValue]>([
    ['single quotes', "'it''s'", "it's"],
    ['escapes', '"\\x41\\u00e9\\U0001F389\\n"', 'Aé🎉\n'],
    ['an escaped line break', '"a\\\n   b"', 'ab'],
    ['a literal', '|\n  a\n   b\n\n', 'a\n b\n'],
    ['a folded text', '>-\n  a\n  b\n\n  c\n', 'a b\nc'],
    ['kept breaks', '|+\n  a\n\n', 'a\n\n'],
    ['an indentation indicator', '|1\n  a\n', ' a\n'],
    ['a tag', "!!int '5'", int(5)],
    ['an int as a float', '!!float 5', 5],
    ['bytes', '!!binary /w==', '\udcff'],
    ['an unknown tag', '!foo 5', '5'],
    ['the tag of nothing', '! 5', int(5)],
  ])('%s', (_name, text, value) => {
    expect(valueOf(text)).toEqual(value);
  });
});

describe('collections', () => {
  test.each<[string, string, GoValue]>([
    ['a sequence without indentation', 'a:\n- 1\n- 2\n', new Map([['a', [int(1), int(2)]]])],
    ['a pair in a flow sequence', '[a: 1]', [new Map([['a', int(1)]])]],
    ['keys that are no texts', '1: a\n', new GoAnyMap([[int(1), 'a']])],
    ['a null key', '? \n: a\n', new GoAnyMap([[null, 'a']])],
    [
      'a merged map adds keys only',
      'b: &b {k: 1, m: 2}\ny:\n  m: 3\n  <<: *b\n',
      new Map<string, GoValue>([
        ['b', new Map([['k', int(1)], ['m', int(2)]])], // prettier-ignore
        ['y', new Map([['m', int(3)], ['k', int(1)]])], // prettier-ignore
      ]),
    ],
    ['of several merged maps the first wins', '<<: [{a: 1}, {a: 2, b: 3}]', new Map([['a', int(1)], ['b', int(3)]])], // prettier-ignore
    ['merged keys become texts', '<<: {1: a}', new Map([['1', 'a']])],
    ['a quoted << is no merge', '"<<": {a: 1}', new Map([['<<', new Map([['a', int(1)]])]])],
    ['only the first document', 'a\n---\nb\n', 'a'],
    ['a document without content', '---\n', null],
    ['a byte order mark', '\ufeffa: 1', new Map([['a', int(1)]])],
    ['UTF-16', '\udcff\udcfea\0:\0 \x001\0', new Map([['a', int(1)]])],
  ])('%s', (_name, text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  test.each(['', '# only a comment\n', '\ufeff', '%YAML 1.1\n'.slice(0, 0)])('%j is no document', (text) => {
    expect(decodeYaml(text)).toEqual({ kind: 'empty' });
  });
});

describe('errors', () => {
  test.each([
    ['an unclosed sequence', 'name: [a\n', "yaml: line 1: did not find expected ',' or ']'"],
    ['an unclosed mapping', 'a: {b: c\nd', "yaml: line 2: did not find expected ',' or '}'"],
    ['a tab as indentation', 'a:\n\t- b\n', 'yaml: line 2: found character that cannot start any token'],
    ['a tab in a plain text', 'a: b\n\tc: d\n', 'yaml: line 2: found a tab character that violates indentation'],
    ['a mapping in a value', 'a: b: c\n', 'yaml: mapping values are not allowed in this context'],
    ['a missing colon', 'a: 1\nb\nc: 2\n', "yaml: line 2: could not find expected ':'"],
    ['a sequence in a mapping', 'a: 1\n- b\n', 'yaml: line 1: did not find expected key'],
    ['an unknown escape', '"\\q"', 'yaml: found unknown escape character'],
    ['an unclosed quote', "a\n: 'b\n", 'yaml: line 2: found unexpected end of stream'],
    ['an unknown anchor', 'a: *b\n', "yaml: unknown anchor 'b' referenced"],
    ['an anchor in itself', 'a: &a [*a]\n', "yaml: anchor 'a' value contains itself"],
    ['an unknown tag handle', 'a: !b!c d\n', 'yaml: found undefined tag handle'],
    ['a newer YAML', '%YAML 1.2\n---\na\n', 'yaml: found incompatible YAML document'],
    ['a control character', 'a: \x01', 'yaml: control characters are not allowed'],
    ['a byte that is no UTF-8', 'a: \udcff', 'yaml: invalid leading UTF-8 octet'],
    ['half a character', 'a: \udcc3', 'yaml: incomplete UTF-8 octet sequence'],
    ['a text as an int', '!!int a', 'yaml: cannot decode !!str `a` as a !!int'],
    ['bad base64', '!!binary a', 'yaml: !!binary value contains invalid base64 data'],
    ['a merged text', '<<: a', 'yaml: map merge requires map or sequence of maps as the value'],
    ['a sequence as a key', '? [a, 1]\n: b\n', 'yaml: invalid map key: []interface {}{"a", 1}'],
    [
      'a merged map with a mapping as key',
      'k: &m\n  ? {a: 1}\n  : b\ny: {<<: *m, z: 1}',
      'yaml: invalid map key: map[string]interface {}{"a":1}',
    ],
    [
      'the same key three times',
      'a: 1\na: 2\na: 3\n',
      'yaml: unmarshal errors:\n  line 2: mapping key "a" already defined at line 1\n  line 3: mapping key "a" already defined at line 1\n  line 3: mapping key "a" already defined at line 2',
    ],
  ])('%s', (_name, text, message) => {
    expect(errorOf(text)).toBe(message);
  });

  test('names the place', () => {
    expect(decodeYaml('a: 1\nb: @\n')).toMatchObject({ kind: 'error', place: { line: 2, column: 4 } });
    expect(decodeYaml('a: 1\n  \nb: 2\nb: 3\n')).toMatchObject({ kind: 'error', place: { line: 4, column: 1 } });
  });

  test('finds values again, behind aliases and merges too', () => {
    const decoded = decodeYaml('x: &x\n  k: 1\nlist:\n  - a: 2\n  - <<: *x\n    b: 3\n');
    if (decoded.kind !== 'value') throw new Error('no value');
    expect(decoded.placeOf(['list', 0, 'a'])).toEqual({ line: 4, column: 5 });
    expect(decoded.placeOf(['list', 1, 'k'])).toEqual({ line: 2, column: 3 });
    expect(decoded.placeOf(['list', 7])).toEqual({ line: 3, column: 1 });
    expect(decoded.placeOf([])).toEqual({ line: 1, column: 1 });
  });
});
