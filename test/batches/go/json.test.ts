import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeGoJson } from '#batches/go/json-decode.ts';
import { encodeString, goJson } from '#batches/go/json-encode.ts';
import { anyType, unmarshal } from '#batches/go/json-type.ts';
import { decodeText } from '#batches/go/text.ts';
import { GoAnyMap, GoInt, GoNilMap, GoStrings, GoTime, GoUint64, type GoValue } from '#batches/go/values.ts';

describe('goJson', () => {
  test.each<[string, GoValue, string]>([
    ['what HTML would read', '<a href="&">', '"\\u003ca href=\\"\\u0026\\"\\u003e"'],
    ['line separators', '\u2028\u2029', '"\\u2028\\u2029"'],
    ['control characters', '\0\b\f\n\r\t\u001f\u007f', '"\\u0000\\b\\f\\n\\r\\t\\u001f\u007f"'],
    ['a byte that is no UTF-8 is an escape', decodeText(Uint8Array.of(0x61, 0xff)), '"a\\ufffd"'],
    ['a real U+FFFD stays', '\ufffd', '"\ufffd"'],
    ['int and float that look alike', [new GoInt(1), 1, new GoUint64((1n << 64n) - 1n)], '[1,1,18446744073709551615]'],
    ['minus zero', -0, '-0'],
    ['small and large floats', [1e-7, 1e-6, 1e20, 1e21, 5e-324], '[1e-7,0.000001,100000000000000000000,1e+21,5e-324]'],
    ['keys by their bytes', new Map([['\u{1f389}', 1], ['\uffff', 2], ['a', 3]]), '{"a":3,"\uffff":2,"\u{1f389}":1}'], // prettier-ignore
    ['nil', [null, new GoNilMap(), new GoStrings(null), new GoStrings([])], '[null,null,null,[]]'],
    ['a time', new GoTime(1_500_000_000_120_000_000n, 7200), '"2017-07-14T04:40:00.12+02:00"'],
  ])('%s', (_name, value, expected) => {
    expect(goJson(value)).toEqual({ kind: 'encoded', text: expected });
  });

  test.each<[string, GoValue, string]>([
    ['NaN', [NaN], 'json: unsupported value: NaN'],
    ['infinity', new Map([['a', -Infinity]]), 'json: unsupported value: -Inf'],
    ['keys that are no text', new GoAnyMap([[new GoInt(1), 'a']]), 'json: unsupported type: map[interface {}]interface {}'], // prettier-ignore
    ['a year beyond 9999', new GoTime(10n ** 21n, null), 'json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]'], // prettier-ignore
  ])('refuses %s', (_name, value, message) => {
    expect(goJson(value)).toEqual({ kind: 'error', message });
  });
});

describe('decodeGoJson', () => {
  test.each<[string, string, GoValue]>([
    ['numbers are floats', '[1,1.5,1e2,-0]', [1, 1.5, 100, -0]],
    ['only the first value is read', '{"a":null} trailing', new Map([['a', null]])],
    ['a number ends where no digit follows', '12x', 12],
    ['the last of equal names wins', '{"a":1,"a":2}', new Map([['a', 2]])],
    ['surrogates', '"\\ud83d\\ude00 \\ud83d \\ude00"', '\u{1f600} \ufffd \ufffd'],
    ['broken bytes become U+FFFD', `"${decodeText(Uint8Array.of(0xe6, 0x97))}"`, '\ufffd\ufffd'],
    ['half an escaped pair before a broken byte', `"\\ud83d${decodeText(Uint8Array.of(0x80))}"`, '\ufffd\ufffd'],
  ])('%s', (_name, text, value) => {
    expect(decodeGoJson(text)).toEqual({ kind: 'decoded', value });
  });

  test.each<[string, string, string]>([
    ['nothing', ' \n', 'EOF'],
    ['half a word', 'tru', 'unexpected EOF'],
    ['half a list', '[1,', 'unexpected EOF'],
    ['a wrong word', 'nope', "invalid character 'o' in literal null (expecting 'u')"],
    ['no value', 'x', "invalid character 'x' looking for beginning of value"],
    ['a character beyond ASCII', 'é', "invalid character 'Ã' looking for beginning of value"],
    ['a quote', "'a'", "invalid character '\\'' looking for beginning of value"],
    ['no colon', '{"a" 1}', "invalid character '1' after object key"],
    ['no comma', '[1 2]', "invalid character '2' after array element"],
    ['a comma too many', '{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['a line break in a text', '"a\nb"', "invalid character '\\n' in string literal"],
    ['a bad escape', '"\\x"', "invalid character 'x' in string escape code"],
    ['a number beyond float64', '[1e400]', 'json: cannot unmarshal number 1e400 into Go value of type float64'],
    ['too deep', '['.repeat(10_001), "invalid character '[' exceeded max depth"],
  ])('refuses %s', (_name, text, message) => {
    expect(decodeGoJson(text)).toEqual({ kind: 'error', message });
  });

  test('ten thousand levels, read and written', () => {
    const text = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    const decoded = decodeGoJson(text);
    expect(decoded.kind === 'decoded' && goJson(decoded.value)).toEqual({ kind: 'encoded', text });
  });
});

describe('json.Unmarshal', () => {
  test.each<[string, string, string]>([
    ['an empty text', '', 'unexpected end of JSON input'],
    ['half a word: a space is pretended', 'tru', "invalid character ' ' in literal true (expecting 'e')"],
    ['half an escape', '"\\u12', "invalid character ' ' in \\u hexadecimal character escape"],
    ['half a text', '"a', 'unexpected end of JSON input'],
    ['something behind the value', '1 x', "invalid character 'x' after top-level value"],
  ])('refuses %s', (_name, text, message) => {
    expect(unmarshal(anyType, text)).toEqual({ kind: 'error', message });
  });
});

describe('properties', () => {
  const json = fc.jsonValue({ noUnicodeString: false });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(json, (value) => {
        const decoded = decodeGoJson(JSON.stringify(value));
        if (decoded.kind === 'error') throw new Error(decoded.message);
        const written = goJson(decoded.value);
        if (written.kind === 'error') throw new Error(written.message);
        expect(decodeGoJson(written.text)).toEqual(decoded);
        expect(JSON.parse(written.text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('what is accepted is what JSON.parse accepts', () => {
    const soup = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"', 'a', '\\', 'n', 'u', '0', '1', '.', 'e', '-', 'true', 'null', ' ', '\n', 'é'), { maxLength: 8 }); // prettier-ignore
    fc.assert(
      fc.property(soup, (pieces) => {
        const text = pieces.join('');
        let accepted = true;
        try {
          JSON.parse(text);
        } catch {
          accepted = false;
        }
        expect(unmarshal(anyType, text).kind).toBe(accepted ? 'unmarshalled' : 'error');
      }),
      { numRuns: 5_000 },
    );
  });

  test('a text of any bytes is a valid JSON string', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = decodeText(bytes);
        expect(JSON.parse(encodeString(text))).toBe(text.replace(/[\udc80-\udcff]/gu, '\ufffd'));
      }),
    );
  });
});
