// Each writer's messages in the results queue, as they come, and what is none of them.
import { expect, test } from '@jest/globals';
import { parseMessage } from '#functions/completion/parse-message.ts';

const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/exec/0f3c5b1e8d2a4c6f9b7a1e2d3c4b5a69';
const ATTEMPT = 'batches/7/0123456789ab/1';

const stored = (...keys: readonly string[]): object => ({
  Records: keys.map((key) => ({ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { object: { key } } })),
});
const changed = (detail: object): object => ({
  version: '0',
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  detail: { taskArn: TASK, startedBy: ATTEMPT, lastStatus: 'STOPPED', ...detail },
});
const stopped = (fields: object): object => ({
  kind: 'task-stopped',
  stopped: { task: TASK, attempt: ATTEMPT, stoppedReason: '', containers: [], version: 0, spot: false, ...fields },
});

test.each<[string, object, readonly object[]]>([
  ['a stored result', stored(`attempts/${ATTEMPT}/result.json`), [{ kind: 'result-stored', attempt: ATTEMPT }]],
  [
    'several in one notification, keys encoded',
    stored(`attempts%2Fa%2F1%2F0123456789ab%2F1%2Fresult.json`, 'attempts/b+c/result.json'),
    [
      { kind: 'result-stored', attempt: 'a/1/0123456789ab/1' },
      { kind: 'result-stored', attempt: 'b c' },
    ],
  ],
  ['an object that is no result', stored(`attempts/${ATTEMPT}/payload.json`), []],
  ['a key that is not encoded as it should be', stored('attempts/%E0%A4%A/result.json'), []],
  ["S3's test message", { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' }, []],
  ['a task that has not stopped', changed({ lastStatus: 'RUNNING', stopCode: 'SpotInterruption' }), []],
  [
    'a stopped task with all that ECS tells',
    changed({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      version: 5,
      capacityProviderName: 'FARGATE_SPOT',
      createdAt: '2026-11-20T10:00:00.100Z',
      startedAt: '2026-11-20T10:00:21Z',
      stoppedAt: '2026-11-20T10:05:12.0Z',
      containers: [
        { name: 'step-runner', exitCode: 0, lastStatus: 'STOPPED', imageDigest: 'sha256:1' },
        { name: 'step-0', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
        { name: 'aws-guardduty-agent-x' },
      ],
    }),
    [
      stopped({
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        version: 5,
        spot: true,
        createdAt: Date.UTC(2026, 10, 20, 10, 0, 0, 100),
        startedAt: Date.UTC(2026, 10, 20, 10, 0, 21),
        stoppedAt: Date.UTC(2026, 10, 20, 10, 5, 12),
        containers: [
          { name: 'step-runner', exitCode: 0, imageDigest: 'sha256:1' },
          { name: 'step-0', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
          { name: 'aws-guardduty-agent-x' },
        ],
      }),
    ],
  ],
  ['a task that never started, in an old event', changed({ containers: [] }), [stopped({})]],
  [
    'a stopped task without its containers',
    changed({ containers: null, startedBy: undefined }),
    [stopped({ attempt: '' })],
  ],
  ['a mark that is due', { v: 1, message: { kind: 'mark-due', key: 'k' } }, [{ kind: 'mark-due', key: 'k' }]],
  [
    'our own of the next version',
    { v: 2, message: { kind: 'mark-due', key: 'k', later: 1 } },
    [{ kind: 'mark-due', key: 'k' }],
  ],
])('%s', (_name, message, expected) => {
  expect(parseMessage(JSON.stringify(message))).toEqual({ kind: 'messages', messages: expected });
});

test.each<[string, string]>([
  ['nothing', ''],
  ['no JSON', 'hello'],
  ['half of it', '{"Records":['],
  ['another type', '[]'],
  ['null', 'null'],
  ['an empty notification', JSON.stringify({ Records: [] })],
  ["another service's notification", JSON.stringify({ Records: [{ eventSource: 'aws:sns' }] })],
  ['another event of ECS', JSON.stringify({ 'detail-type': 'ECS Deployment State Change', detail: {} })],
  ['a task without a name', JSON.stringify(changed({ taskArn: undefined }))],
  ['our own of a version far ahead', JSON.stringify({ v: 9, message: { kind: 'mark-due', key: 'k' } })],
  ['our own of an unknown kind', JSON.stringify({ v: 1, message: { kind: 'hand-over' } })],
])('%s is unreadable', (_name, body) => {
  expect(parseMessage(body).kind).toBe('unreadable');
});
