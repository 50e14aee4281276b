// Workspaces that cannot be made, or only on the second try.
import { base64, clonedJob, stepJob } from '../world/jobs.ts';
import type { FaultName, Route } from '../world/faults.ts';
import type { Row } from './row.ts';

const file = (name: string, value: unknown, more: Readonly<Record<string, unknown>> = {}): Row['job'] => {
  return () => stepJob(['cat ./*.txt'], { files: { [name]: value }, ...more });
};
const STORED = { bucket: 'batch-changes', key: 'spec/stored' };
const refused = /refusing to write outside of working directory/;

const survives = (route: Route, fault: FaultName, slow = false): Row => ({
  name: `${route}: ${fault}, once`,
  job: route === 'git' ? (repository) => clonedJob(['cat README.md'], repository) : file('stored.txt', STORED),
  faults: [{ route, fault }],
  state: 'completed',
  log: route === 'git' ? 'stdout: hello\n' : 'stdout: stored bytes\n',
  slow,
});
const always = (fault: FaultName) => ({ route: 'git', fault, times: 1_000 }) as const;

export const WORKSPACES: readonly Row[] = [
  {
    name: 'a file path outside the workspace',
    job: file('../out.txt', { content: base64('x') }),
    state: 'errored',
    message: refused,
  },
  {
    name: 'a file path that leaves the workspace on its way',
    job: file('a/../../out.txt', { content: base64('x') }),
    state: 'errored',
    message: refused,
  },
  { name: 'a file that is the workspace itself', job: file('.', { content: base64('x') }), state: 'errored' },
  {
    name: 'two files that exclude each other',
    job: () => stepJob(['true'], { files: { a: { content: base64('x') }, 'a/b': { content: base64('y') } } }),
    state: 'errored',
  },
  {
    name: 'a stored file that is not there',
    job: file('x.txt', { bucket: 'b', key: 'none' }),
    state: 'errored',
    message: 'Sourcegraph has no such file',
  },
  {
    name: 'a file in the way of version 1: plain text',
    job: file('x.txt', { content: 'plain text' }, { version: 1 }),
    state: 'completed',
    log: 'stdout: plain text\n',
  },
  {
    name: 'a file in the way of very old instances: a bare string',
    job: file('x.txt', 'bare string', { version: 1 }),
    state: 'completed',
    log: 'stdout: bare string\n',
  },
  { name: 'an empty file', job: file('x.txt', {}), state: 'completed' },
  survives('files', 'HTTP 500'),
  survives('files', 'a connection reset'),
  survives('files', 'a truncated answer'),
  survives('files', 'HTTP 502 with an HTML page', true),
  {
    name: 'a repository that does not exist',
    job: (repository) => clonedJob(['true'], repository, { repositoryName: 'github.com/example/none' }),
    state: 'errored',
    message: /setup\.git\.fetch/,
    log: /not found/,
  },
  {
    name: 'a commit that does not exist',
    job: (repository) => clonedJob(['true'], { ...repository, commit: 'd'.repeat(40) }),
    state: 'errored',
    message: /setup\.git\.fetch/,
  },
  {
    name: 'a commit that looks like an option',
    job: (repository) => clonedJob(['true'], { ...repository, commit: '--upload-pack=touch /tmp/owned' }),
    state: 'errored',
  },
  survives('git', 'HTTP 500', true),
  survives('git', 'HTTP 502 with an HTML page', true),
  survives('git', 'a connection reset'),
  survives('git', 'a truncated answer'),
  {
    name: 'git: HTML pages only',
    job: (repository) => clonedJob(['true'], repository),
    faults: [always('HTTP 200 with an HTML page')],
    state: 'errored',
    message: /setup\.git\.fetch/,
  },
  {
    name: 'git: HTTP 502 for good',
    job: (repository) => clonedJob(['true'], repository),
    faults: [always('HTTP 502 with an HTML page')],
    state: 'errored',
    message: /setup\.git\.fetch/,
    log: /502/,
    slow: true,
  },
  {
    name: 'git: the token is refused',
    job: (repository) => clonedJob(['true'], repository),
    faults: [
      {
        route: 'git',
        times: 1_000,
        fault: { when: 'before', reply: (response) => void response.writeHead(401).end('invalid token') },
      },
    ],
    state: 'errored',
    message: /setup\.git\.fetch/,
  },
  survives('git', 'a hung connection', true),
];
