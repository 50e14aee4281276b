// Batch specs beyond the vectors: places of problems, the rules of Go's code that no schema holds, hostile input. Texts of the
// schema's errors were checked against xeipuuv/gojsonschema v1.2.0 itself.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchSpecJson, parseBatchSpec, requiredEnvironment } from '#batches/spec/parse.ts';
import type { BatchSpec } from '#batches/spec/types.ts';

const TEMPLATE = 'changesetTemplate: {title: T, branch: b, commit: {message: M}}\n';

function specOf(text: string): BatchSpec {
  const parsed = parseBatchSpec(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.spec;
}

function problemsOf(text: string): readonly string[] {
  const parsed = parseBatchSpec(text);
  if (parsed.kind === 'spec') return [];
  return parsed.problems.map(({ message, place }) => {
    const at = place === null ? 'nowhere' : `${place.line}:${place.column}`;
    return `${at} ${message}`;
  });
}

describe('places of problems', () => {
  test.each<[string, string, string[]]>([
    ['a property that should not be there', 'name: a\nfoo: 1\n', ['2:1 Additional property foo is not allowed']],
    [
      'a value of the wrong type, and what Go says of it',
      'name: a\nsteps:\n  - run: x\n    container: 5\n' + TEMPLATE,
      [
        '4:5 steps.0.container: Invalid type. Expected: string, given: integer',
        'nowhere json: cannot unmarshal number into Go struct field Step.steps.container of type string',
      ],
    ],
    [
      'something that lacks a property',
      'name: a\nsteps:\n  - run: x\n    container: c\n    mount:\n      - path: p\n' + TEMPLATE,
      ['6:9 steps.0.mount.0: mountpoint is required'],
    ],
    [
      'a comma in a mount',
      'name: a\nsteps:\n  - run: x\n    container: c\n    mount:\n      - path: p\n        mountpoint: "a,b"\n' +
        TEMPLATE,
      ['7:9 step 1 mount mountpoint contains invalid characters'],
    ],
    [
      'YAML that cannot be read',
      'name: a\n on: b\n',
      ['2:4 failed to normalize JSON: yaml: line 2: mapping values are not allowed in this context'],
    ],
    [
      'a hook with a comma in a mount',
      'version: 3\nname: a\nchangesetHooks:\n  onCIFailure:\n    steps:\n      - run: x\n        image: i\n        mount: [{path: "a,b", mountpoint: c}]\n',
      ['8:18 hooks.onCIFailure step 1 mount path contains invalid characters'],
    ],
  ])('%s', (_name, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

describe('what JSON makes of YAML', () => {
  test.each([
    ['dates become texts', 'name: a\ndescription: 2020-01-02\n', '{"name":"a","description":"2020-01-02T00:00:00Z"}'],
  ])('%s', (_name, text, json) => {
    expect(batchSpecJson(specOf(text))).toBe(json);
  });

  test.each([
    ['what JSON cannot carry', 'name: .nan\n', 'failed to normalize JSON: json: unsupported value: NaN'],
    [
      'a map with keys that are no texts, in one whose keys are texts',
      'name: a\nsteps:\n  - {run: x, container: c, env: {1: "a"}}\n' + TEMPLATE,
      'failed to normalize JSON: json: unsupported type: map[interface {}]interface {}',
    ],
    [
      'a top-level key that is no text, as the text of it',
      'name: a\n1.5: {true: x}\n',
      'Additional property 1.5 is not allowed',
    ],
    [
      'a key of a type that JSON has not',
      'name: a\n18446744073709551615: b\n',
      'failed to normalize JSON: Unsupported map key of type: uint64, key: 0xffffffffffffffff, value: "b"',
    ],
  ])('%s is refused', (_name, text, message) => {
    expect(parseBatchSpec(text)).toMatchObject({ kind: 'invalid', message });
  });
});

describe('steps', () => {
  test('version 3 says image, and everything else reads container', () => {
    const text = 'version: 3\nname: a\nsteps: [{run: x, image: i, container: c}]\n' + TEMPLATE;
    expect(specOf(text).steps).toMatchObject([{ container: 'i', image: 'i' }]);
  });

  test('names from the outer environment are collected once', () => {
    const text = `name: a\nsteps:\n  - {run: x, container: c, env: [B, {C: d}, A]}\n  - {run: x, container: c, env: [A, E]}\n${TEMPLATE}`;
    expect(requiredEnvironment(specOf(text))).toEqual(['B', 'A', 'E']);
  });
});

describe('author', () => {
  test.each([
    ['Bot <bot@example.com>', true],
    ['"a b"@example.com', true],
    ['bot@[127.0.0.1]', true],
    ['bot@example.com (the bot)', true],
    ['group: bot@example.com;', true],
    ['=?utf-8?q?Bot?= <bot@example.com>', true],
    ['=?koi8-r?q?Bot?= <bot@example.com>', false],
    ['The =?koi8-r?q?Bot?= <bot@example.com>', true],
    ['bot@example.com, other@example.com', false],
    ['bot@', false],
    ['bot@[nonsense]', false],
    ['.bot@example.com', false],
    ['', false],
  ])('%j as mail address: %s', (email, valid) => {
    const author = JSON.stringify({ name: 'N', email });
    const text = `name: a\nchangesetTemplate: {title: T, branch: b, commit: {message: M, author: ${author}}}\n`;
    expect(parseBatchSpec(text).kind).toBe(valid ? 'spec' : 'invalid');
  });
});

describe('hostile input', () => {
  test('random texts and random structures are parsed or refused', () => {
    const key = fc.constantFrom('version', 'name', 'on', 'steps', 'run', 'container', 'env', 'if', 'changesetTemplate');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, 1, 1.5, 'a', ''),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    const text = fc.oneof(
      fc.string(),
      value.map((json) => JSON.stringify(json)),
    );
    fc.assert(
      fc.property(text, (spec) => {
        const parsed = parseBatchSpec(spec);
        expect(parsed.kind === 'invalid' ? parsed.message : 'a spec').not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });

  test('a thousand problems are all reported', () => {
    const steps = Array.from({ length: 1_000 }, () => '  - {run: x, container: 1}\n').join('');
    expect(problemsOf(`name: a\nsteps:\n${steps}${TEMPLATE}`)).toHaveLength(1_001);
  });
});
