// Number and character literals. Rows after the number tests of Go's text/template/parse/parse_test.go.
import { describe, expect, test } from '@jest/globals';
import { GoComplex, type GoConcrete } from '#batches/go/reflect.ts';
import { GoInt } from '#batches/go/values.ts';
import { readNumber, type NumberLiteral } from '#batches/template/number-literal.ts';
import type { TokenType } from '#batches/template/tokens.ts';

const int = (value: bigint | number): NumberLiteral => ({ value: new GoInt(value) });
const is = (value: GoConcrete): NumberLiteral => ({ value });

describe('readNumber', () => {
  test.each<[string, TokenType, NumberLiteral]>([
    ['0', 'number', int(0)],
    ['-0', 'number', int(0)],
    ['73', 'number', int(73)],
    ['7_3', 'number', int(73)],
    ['0b10_010_01', 'number', int(73)],
    ['073', 'number', int(0o73)],
    ['0o73', 'number', int(0o73)],
    ['0x7_3', 'number', int(0x73)],
    ['-12345678901234', 'number', int(-12345678901234)],
    ['9223372036854775807', 'number', int((1n << 63n) - 1n)],
    ['18446744073709551615', 'number', { value: null }],
    ['100000000000000000000', 'number', { error: 'integer overflow: "100000000000000000000"' }],
    ['1e1', 'number', is(10)],
    ['-1.2', 'number', is(-1.2)],
    ['1e19', 'number', is(1e19)],
    ['1_2.3_4', 'number', is(12.34)],
    ['0x1.8p1', 'number', is(3)],
    ['0x_1.e_0p+02', 'number', is(7.5)],
    ['0x1.1', 'number', { error: 'illegal number syntax: "0x1.1"' }],
    ['0x1e', 'number', int(0x1e)],
    ['-0x1e', 'number', is(-30)],
    ['0x1p-1074', 'number', is(5e-324)],
    ['1e400', 'number', { error: 'illegal number syntax: "1e400"' }],
    ['1__2', 'number', { error: 'illegal number syntax: "1__2"' }],
    ['0xef_', 'number', { error: 'illegal number syntax: "0xef_"' }],
    ['4i', 'number', is(new GoComplex(0, 4))],
    ['0i', 'number', is(new GoComplex(0, 0))],
    ['1+2i', 'complex', is(new GoComplex(1, 2))],
    ['-1.2-3.2i', 'complex', is(new GoComplex(-1.2, -3.2))],
    ['0x1p1+2i', 'complex', is(new GoComplex(2, 2))],
    ['1i+2i', 'complex', { error: 'syntax error scanning complex number' }],
    ['0x1+2i', 'complex', { error: 'strconv.ParseFloat: parsing "0x1": invalid syntax' }],
    ["'a'", 'character constant', int(0x61)],
    ["'\\n'", 'character constant', int(0x0a)],
    ["'\\xFF'", 'character constant', int(0xff)],
    ["'パ'", 'character constant', int(0x30d1)],
    ["'\\u30d1'", 'character constant', int(0x30d1)],
    ["''", 'character constant', { error: 'invalid syntax' }],
    ["'xx'", 'character constant', { error: "malformed character constant: 'xx'" }],
  ])('%s', (text, type, expected) => {
    expect(readNumber(text, type)).toEqual(expected);
  });
});
