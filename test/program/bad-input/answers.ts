// Sourcegraph's answers to the calls about one job: lost, broken, late, refused. Each is got over, and nothing is lost or
// told twice.
import { stepJob } from '../world/jobs.ts';
import type { FaultName, Route } from '../world/faults.ts';
import type { Row } from './row.ts';

const ROUTES: readonly Route[] = ['add', 'update', 'mark'];
const QUICK: readonly FaultName[] = [
  'HTTP 500',
  'HTTP 502 with an HTML page',
  'HTTP 200 with an HTML page',
  'HTTP 429 with Retry-After',
  'a connection reset',
  'an answer lost after it took effect',
  'a truncated answer',
  'bytes that are no JSON',
  'the request delivered twice',
];
const SLOW: readonly FaultName[] = [
  'HTTP 503 without a body',
  'a redirect to another host',
  'a hung connection',
  'half of the JSON with its length right',
  'an empty answer',
  'JSON of another shape',
  'a slow answer',
];

const row = (route: Route, fault: FaultName, times: number, slow: boolean): Row => ({
  name: `${route}: ${fault}${times === 1 ? '' : `, ${times} times`}`,
  job: () => stepJob(['set +x; echo one; sleep 0.7; echo two']),
  faults: [{ route, fault, times }],
  state: 'completed',
  log: /stdout: one\n(stderr: .*\n)?stdout: two\n$/,
  slow,
});

/** Broken jobs: what was dequeued must be ended with its reason, at once. */
const UNREADABLE: readonly Row[] = (
  [
    ['steps that are no list', { dockerSteps: 'all of them' }],
    ['a step that is no object', { dockerSteps: ['echo'] }],
    ['commands that are numbers', { dockerSteps: [{ key: 'test', image: 'a', dir: '', commands: [1, 2] }] }],
    ['files that are a list', { files: [1] }],
    ['a commit that is a number', { commit: 7 }],
    ['a version of the future', { version: 99 }],
  ] as const
).map(([name, fields]) => ({
  name: `a job with ${name}`,
  job: () => stepJob(['true'], fields),
  state: 'failed',
  message: /cannot read the job/,
}));

export const ANSWERS: readonly Row[] = [
  ...ROUTES.flatMap((route) => QUICK.map((fault) => row(route, fault, 1, false))),
  ...ROUTES.flatMap((route) => SLOW.map((fault) => row(route, fault, 1, true))),
  ...ROUTES.map((route) => row(route, 'HTTP 500', 4, true)),
  ...UNREADABLE,
  {
    name: 'a job with unknown fields and nulls',
    job: () =>
      stepJob(['echo known'], {
        futureField: { a: [1] },
        sparseCheckout: null,
        cliSteps: null,
        dockerAuthConfig: null,
        repositoryDirectory: '',
      }),
    state: 'completed',
    log: 'stdout: known\n',
  },
];
