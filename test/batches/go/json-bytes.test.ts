import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesType } from '#batches/go/json-bytes.ts';
import { unmarshal } from '#batches/go/json-type.ts';

describe('[]byte in JSON', () => {
  test.each<[string, string, string]>([
    ['whole', '"YWJj"', 'abc'],
    ['one padded', '"YWI="', 'ab'],
    ['two padded', '"YQ=="', 'a'],
    ['broken over lines', '"YW\\nJj\\r\\n"', 'abc'],
    ['a break between the padding', '"YQ=\\n=\\n"', 'a'],
    ['a list of numbers', '[97,null,98]', 'a\0b'],
    ['empty', '""', ''],
  ])('%s', (_name, text, expected) => {
    const read = unmarshal(bytesType, text);
    expect(read.kind === 'unmarshalled' && Buffer.from(read.value ?? 'nil').toString()).toBe(expected);
  });

  // encoding/base64 decodes in steps of four, so the place is not always that of the offending byte.
  test.each<[string, string, string]>([
    ['a space', '"YQ ="', 'illegal base64 data at input byte 2'],
    ['too short', '"YWJjZ"', 'illegal base64 data at input byte 4'],
    ['padding too early', '"Y==="', 'illegal base64 data at input byte 1'],
    ['half of the padding', '"YQ="', 'illegal base64 data at input byte 3'],
    ['something behind the padding', '"YQ==a"', 'illegal base64 data at input byte 4'],
    ['a number that is no byte', '[300]', 'json: cannot unmarshal number 300 into Go value of type uint8'],
    ['no text at all', 'true', 'json: cannot unmarshal bool into Go value of type []uint8'],
  ])('refuses %s', (_name, text, message) => {
    expect(unmarshal(bytesType, text)).toEqual({ kind: 'error', message });
  });

  test('round trip', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(unmarshal(bytesType, bytesType.encode(bytes))).toEqual({ kind: 'unmarshalled', value: bytes });
      }),
    );
  });
});
