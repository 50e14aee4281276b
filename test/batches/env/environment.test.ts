import { describe, expect, test } from '@jest/globals';
import { resolveEnvironment, type Environment } from '#batches/env/environment.ts';
import { environmentType } from '#batches/env/json.ts';
import { parseEnvironmentYaml } from '#batches/env/yaml.ts';
import { unmarshal } from '#batches/go/json-type.ts';

function fromJson(text: string): Environment | string {
  const read = unmarshal(environmentType, text);
  return read.kind === 'error' ? read.message : read.value;
}

describe('env in JSON', () => {
  test.each<[string, string, string]>([
    ['an object', '{"B":"2","A":"1"}', '{"A":"1","B":"2"}'],
    ['a list of values becomes an object', '[{"B":"2"},{"A":"1"}]', '{"A":"1","B":"2"}'],
    ['a list with a bare name stays', '["B",{"A":"1"}]', '["B",{"A":"1"}]'],
    ['nothing', 'null', '{}'],
    ['an empty list', '[]', '{}'],
    ['null for a name', '[null]', '[""]'],
  ])('%s', (_name, text, written) => {
    const read = fromJson(text);
    expect(typeof read === 'string' ? read : environmentType.encode(read)).toBe(written);
  });

  test('a list that cannot be read is reported as a bad object', () => {
    expect(fromJson('[1]')).toBe('json: cannot unmarshal array into Go value of type map[string]string');
  });
});

describe('env in YAML', () => {
  test('scalars stay as they are written', () => {
    const read = parseEnvironmentYaml('A: 0x1F\nB: ~\n<<: {A: no, C: 1.50}\n');
    expect(read.kind === 'environment' && environmentType.encode(read.environment)).toBe(
      '{"A":"0x1F","B":"","C":"1.50"}',
    );
  });

  test.each<[string, string, string]>([
    ['equal keys', 'A: 1\nA: 2\n', 'yaml: unmarshal errors:\n  line 2: mapping key "A" already defined at line 1'],
    ['a list in a list', '- [A]\n', 'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into map[string]string'],
    [
      'equal keys of a value before its kind',
      'A: {x: 1, x: 2}\n',
      'yaml: unmarshal errors:\n  line 1: mapping key "x" already defined at line 1',
    ],
    [
      'a list with a scalar that its tag does not fit, as the map that it is not',
      '- A: !!bool yes\n',
      'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into map[string]string',
    ],
    ['a scalar that its tag does not fit', '!!null x\n', 'yaml: cannot decode !!str `x` as a !!null'],
    [
      'a value with another tag than those of lists and maps',
      'A: !!set {b}\n',
      'yaml: unmarshal errors:\n  line 1: cannot unmarshal !!set `` into string',
    ],
    ['a merge of a scalar', '<<: 1\n', 'yaml: map merge requires map or sequence of maps as the value'],
    ['a merge of itself', '&a\n<<: *a\n', "yaml: anchor 'a' value contains itself"],
  ])('refuses %s', (_name, text, message) => {
    expect(parseEnvironmentYaml(text)).toEqual({ kind: 'error', message });
  });

  test('aliases of aliases end in time', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `  - &l${i + 1} {<<: [*l${i}, *l${i}]}`);
    const text = `- &l0 {A: b}\n- x\n${levels.join('\n').replaceAll('  - ', '- ')}\n`;
    expect(parseEnvironmentYaml(text).kind).toBe('error');
  });
});

describe('resolveEnvironment', () => {
  const environment: Environment = [
    { name: 'A', value: null },
    { name: 'B', value: 'given' },
    { name: 'MISSING', value: null },
    { name: 'B', value: 'later' },
  ];

  test('bare names come from outside, later values win', () => {
    const resolved = resolveEnvironment(environment, ['A=x=y', 'B=outer', 'A==z']);
    expect(resolved).toEqual({
      kind: 'resolved',
      variables: new Map([
        ['A', '=z'],
        ['B', 'later'],
        ['MISSING', ''],
      ]),
    });
  });

  test('an outer entry without an equals sign fails, used or not', () => {
    expect(resolveEnvironment([], ['NO\n'])).toEqual({
      kind: 'error',
      message: 'unable to parse environment variable "NO\\n"',
    });
  });
});
