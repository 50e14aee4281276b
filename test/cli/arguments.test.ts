import { describe, expect, test } from '@jest/globals';
import { helpText, parseArguments } from '#cli/arguments.ts';

describe('arguments', () => {
  test('none run the example', () => {
    expect(parseArguments([])).toMatchObject({
      kind: 'run',
      arguments: { spec: undefined, repositories: [], execution: 'native', cache: true },
    });
  });

  test('a spec with repositories', () => {
    const parsed = parseArguments([
      '--spec',
      'b.yaml',
      '--repo',
      '../a',
      '--repo',
      'x=../b',
      '--out',
      'o',
      '--no-cache',
    ]);
    expect(parsed).toMatchObject({
      kind: 'run',
      arguments: { spec: 'b.yaml', repositories: ['../a', 'x=../b'], out: 'o', cache: false },
    });
  });

  test.each([
    ['an unknown option', ['--sepc', 'x'], "Unknown option '--sepc'"],
    ['a word that is no option', ['batch.yaml'], "Unexpected argument 'batch.yaml'"],
    ['a spec without repositories', ['--spec', 'b.yaml'], '--spec needs at least one --repo SOURCE to run over'],
    [
      'repositories without a spec',
      ['--repo', 'a'],
      '--repo goes with --spec: the example brings its own repositories',
    ],
    ['a port that is none', ['--port', '70000'], '--port 70000: expected a number from 0 to 65535'],
    ['an execution that is none', ['--execution', 'v3'], '--execution v3: expected native or v1'],
  ])('%s is refused', (_, argv, message) => {
    const parsed = parseArguments(argv);
    expect(parsed.kind).toBe('usage');
    expect('message' in parsed && parsed.message).toContain(message);
  });

  test('help names every option', () => {
    for (const option of ['--spec', '--repo', '--out', '--env-file', '--serve', '--settings'])
      expect(helpText()).toContain(option);
  });
});
