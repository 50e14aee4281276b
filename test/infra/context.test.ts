// The context of the project's own app: what `-c` and cdk.json may say, and each mistake with its fix.
import { describe, expect, test } from '@jest/globals';
import { parseContext } from '#infra/context.ts';

const minimal = { frontendUrl: 'https://sourcegraph.example.com', accessTokenSecret: 'token' };

test('two names are enough', () => {
  expect(parseContext(minimal)).toEqual({ kind: 'context', context: minimal });
});

test('texts of the command line and values of cdk.json mean the same', () => {
  const texts = {
    ...minimal,
    queues: 'batches, codeintel',
    maximumJobs: '20',
    endpoints: 'true',
    taskTags: '{"a":"b"}',
    sizeRules: '[{"cpus":1,"memory":"2G"}]',
  };
  const values = {
    ...minimal,
    queues: ['batches', 'codeintel'],
    maximumJobs: 20,
    endpoints: true,
    taskTags: { a: 'b' },
    sizeRules: [{ cpus: 1, memory: '2G' }],
  };
  expect(parseContext(texts)).toEqual(parseContext(values));
  expect(parseContext(texts)).toMatchObject({
    kind: 'context',
    context: { ...values, sizeRules: [{ cpus: 1, memory: 2 * 1024 ** 3 }] },
  });
});

test('what the toolkit puts there is no mistake', () => {
  const toolkit = {
    '@aws-cdk/core:something': true,
    'aws:cdk:bundling-stacks': ['**'],
    'availability-zones:account=1': [],
  };
  expect(parseContext({ ...minimal, ...toolkit }).kind).toBe('context');
});

const MISTAKES: [name: string, context: Record<string, unknown>, problems: string[]][] = [
  [
    'nothing at all',
    {},
    [
      'frontendUrl must be set: -c frontendUrl=https://sourcegraph.example.com',
      "accessTokenSecret must be set: the name or ARN of the secret with the instance's executors.accessToken",
    ],
  ],
  ['a misspelt name', { ...minimal, frontendURl: 'x' }, ['frontendURl is not known; did you mean frontendUrl?']],
  ['an unknown name', { ...minimal, colour: 'red' }, ['colour is not known; docs/deploy.md lists the context']],
  ['a number in words', { ...minimal, maximumJobs: 'many' }, ['maximumJobs must be a number']],
  ['half a job', { ...minimal, maximumJobs: '0.5' }, ['maximumJobs must be a whole number']],
  [
    'a choice that is none',
    { ...minimal, capacity: 'cheap' },
    ['capacity must be one of on-demand, spot, spot-with-fallback'],
  ],
  [
    'days that CloudWatch does not know',
    { ...minimal, logRetentionDays: '10' },
    ['logRetentionDays must be a number of days that CloudWatch knows, such as 7, 30 or 365'],
  ],
  ['a flag in words', { ...minimal, endpoints: 'yes' }, ['endpoints must be true or false']],
  ['tags that are no JSON', { ...minimal, taskTags: 'a=b' }, ['taskTags must be a JSON object of texts']],
  [
    'half a VPC',
    { ...minimal, vpcId: 'vpc-1', subnetIds: 'subnet-1' },
    ['vpcId, subnetIds and availabilityZones belong together; availabilityZones is missing'],
  ],
  [
    'subnets without VPC',
    { ...minimal, subnetIds: 'subnet-1' },
    ['vpcId, subnetIds and availabilityZones belong together; vpcId and availabilityZones is missing'],
  ],
  [
    'fewer zones than subnets',
    { ...minimal, vpcId: 'vpc-1', subnetIds: 'a,b', availabilityZones: 'z' },
    ['availabilityZones must name the zone of each of the subnetIds, in the same order'],
  ],
];

describe('mistakes', () => {
  test.each(MISTAKES)('%s', (_, context, problems) => {
    expect(parseContext(context)).toEqual({ kind: 'invalid', problems });
  });
});
