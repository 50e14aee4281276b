import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inlineContent, JobSchema } from '#sourcegraph/job.ts';

const read = (wire: unknown) => JobSchema.safeParse(JSON.parse(JSON.stringify(wire)));

test('a version 2 job with everything in it', () => {
  const wire = {
    version: 2,
    id: 42,
    queue: 'batches',
    token: 'job-token',
    repositoryName: 'github.com/a/b',
    repositoryDirectory: 'repository',
    commit: 'c0ffee',
    fetchTags: true,
    shallowClone: true,
    sparseCheckout: ['/a/*'],
    files: {
      'input.json': { content: 'e30=', modifiedAt: '2026-01-02T03:04:05.678Z' },
      mounted: { bucket: 'batch-changes', key: 'x/y' },
    },
    dockerSteps: [{ key: 'step.0.pre', image: 'i', commands: ['a', 'b'], dir: '.', env: ['A=1'] }],
    cliSteps: [{ key: 'batch-exec', command: ['batch', 'exec'], dir: '', env: [] }],
    redactedValues: { secret: 'REDACTED' },
    dockerAuthConfig: { auths: { 'ghcr.io': { auth: 'dTpw' } } },
  };
  expect(JobSchema.parse(wire)).toEqual(wire);
});

const emptyJob = {
  version: 1,
  id: 7,
  repositoryName: '',
  repositoryDirectory: '',
  commit: '',
  fetchTags: false,
  shallowClone: false,
  sparseCheckout: [],
  files: {},
  dockerSteps: [],
  cliSteps: [],
  redactedValues: {},
  dockerAuthConfig: { auths: {} },
};

test.each([
  ['nothing but an ID', { id: 7 }],
  ['the ID as text', { id: '7' }],
  ['version 0', { id: 7, version: 0 }],
  ['version 1', { id: 7, version: 1 }],
  ['unknown fields', { id: 7, futureField: { deep: [1] } }],
  ['an empty token and queue', { id: 7, token: '', queue: '' }],
  [
    'null for everything that may be null',
    {
      id: 7,
      version: null,
      token: null,
      queue: null,
      sparseCheckout: null,
      files: null,
      dockerSteps: null,
      cliSteps: null,
      redactedValues: null,
      dockerAuthConfig: null,
    },
  ],
  ['null auths', { id: 7, dockerAuthConfig: { auths: null } }],
])('a tolerated job: %s', (_name, wire) => {
  expect(JobSchema.parse(wire)).toEqual(emptyJob);
});

test.each([
  ['null env and commands', { dockerSteps: [{ image: 'i', commands: null, env: null }] }, 'dockerSteps'],
  ['a src step without key', { cliSteps: [{ command: ['version'], env: null }] }, 'cliSteps'],
])('a tolerated step: %s', (_name, wire, field) => {
  const job = JobSchema.parse({ id: 1, ...wire });
  expect(job[field as 'dockerSteps'][0]).toMatchObject({ key: '', dir: '', env: [] });
});

test.each([
  ['bare text in version 1 is the content', 1, 'plain', { content: 'plain' }],
  ['bare text in version 2 is plain all the same', 2, 'plain', { content: 'cGxhaW4=' }],
  ["Go's zero time is no time", 2, { content: '', modifiedAt: '0001-01-01T00:00:00Z' }, {}],
  ['empty bucket and key are none', 2, { bucket: '', key: '' }, {}],
  ['nulls', 2, { content: null, bucket: null, key: null, modifiedAt: null }, {}],
])('files: %s', (_name, version, file, expected) => {
  expect(JobSchema.parse({ id: 1, version, files: { f: file } }).files['f']).toEqual(expected);
});

test.each([
  ['no object', 3],
  ['an array', []],
  ['no ID', {}],
  ['a negative ID', { id: -1 }],
  ['an ID that is no number', { id: '42-batches' }],
  ['a fraction as ID', { id: 1.5 }],
  ['an unknown version', { id: 1, version: 3 }],
  ['steps that are no list', { id: 1, dockerSteps: {} }],
  ['a step that is no object', { id: 1, dockerSteps: ['x'] }],
  ['commands that are no texts', { id: 1, dockerSteps: [{ image: 'i', commands: [1] }] }],
  ['a file that is a number', { id: 1, files: { f: 1 } }],
  ['a redaction that is no text', { id: 1, redactedValues: { a: 1 } }],
])('refused: %s', (_name, wire) => {
  expect(read(wire).success).toBe(false);
});

test('reading a job again gives the same job', () => {
  const text = fc.string({ maxLength: 5 });
  const file = fc.oneof(text, fc.record({ content: text, bucket: text, key: text }, { requiredKeys: [] }));
  const wire = fc.record(
    {
      id: fc.oneof(fc.nat(), fc.nat().map(String)),
      version: fc.constantFrom(1, 2, null),
      token: fc.option(text),
      files: fc.option(fc.dictionary(text, file)),
      dockerSteps: fc.option(fc.array(fc.record({ image: text, env: fc.option(fc.array(text)) }))),
    },
    { requiredKeys: ['id'] },
  );
  fc.assert(
    fc.property(wire, (value) => {
      const once = JobSchema.parse(JSON.parse(JSON.stringify(value)));
      expect(JobSchema.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }),
  );
});

test.each([
  ['plain text in version 1', 1, 'YQ==', 'YQ=='],
  ['base64 in version 2', 2, 'YQ==', 'a'],
  ['line breaks within base64', 2, 'aGVs\r\nbG8=', 'hello'],
  ['nothing', 2, '', ''],
] as const)('content: %s', (_name, version, content, expected) => {
  const bytes = inlineContent(version, content);
  expect(bytes === 'not-base64' ? bytes : Buffer.from(bytes).toString()).toBe(expected);
});

test.each(['YQ', 'Y Q=', 'Y===', 'YQ=a', '-_-_', 'é==='])('no base64: %j', (content) => {
  expect(inlineContent(2, content)).toBe('not-base64');
});
