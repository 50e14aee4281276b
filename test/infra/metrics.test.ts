// Dashboard and alarms, walked metric by metric: each of ours is one of jobs/metrics.ts, with its namespace, its name and
// exactly its dimensions, and each of AWS's belongs to a resource of the stack.
import { describe, expect, test } from '@jest/globals';
import { METRIC_NAMESPACE, METRICS, POOL_DIMENSION } from '#jobs/metrics.ts';
import { Duration } from 'aws-cdk-lib';
import { PoolMetrics } from '#infra/metrics.ts';
import { install, ofType, readable, resourcesOf } from './installation.ts';

const { stack } = install(() => ({ poolName: 'blue' }));
const resources = resourcesOf(stack);
const definitions: Readonly<Record<string, { readonly dimensions: readonly string[] }>> = METRICS;

interface Seen {
  readonly where: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

interface Search {
  readonly where: string;
  readonly text: string;
}

/** A dashboard's metric is a row: namespace, name, dimension, value, ..., options; or one option object. */
function onDashboard(): { readonly metrics: Seen[]; readonly searches: Search[] } {
  const metrics: Seen[] = [];
  const searches: Search[] = [];
  for (const { Properties } of ofType(resources, 'AWS::CloudWatch::Dashboard')) {
    const body = readable(Properties['DashboardBody']) as string;
    const { widgets } = JSON.parse(body) as { widgets: { properties: { title: string; metrics: unknown[][] } }[] };
    for (const { properties } of widgets) {
      for (const row of properties.metrics) {
        const texts = row.filter((cell): cell is string => typeof cell === 'string');
        const [namespace, name, ...pairs] = texts;
        if (namespace === undefined || name === undefined) {
          searches.push({ where: properties.title, text: (row[0] as { expression: string }).expression });
          continue;
        }
        const dimensions: Record<string, string> = {};
        for (let at = 0; at < pairs.length; at += 2) dimensions[pairs[at] ?? ''] = pairs[at + 1] ?? '';
        metrics.push({ where: properties.title, namespace, name, dimensions });
      }
    }
  }
  return { metrics, searches };
}

interface AlarmMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: { Name: string; Value: string }[];
}

function inAlarms(): Seen[] {
  return ofType(resources, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) => {
    const alarm = readable(Properties) as AlarmMetric & {
      AlarmName: string;
      Metrics?: { MetricStat?: { Metric: AlarmMetric } }[];
    };
    const metrics = alarm.Metrics?.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
    return (metrics ?? [alarm]).map((metric) => ({
      where: alarm.AlarmName,
      namespace: metric.Namespace,
      name: metric.MetricName,
      dimensions: Object.fromEntries((metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
    }));
  });
}

const { metrics: shown, searches } = onDashboard();
const alarmed = inAlarms();
const ours = [...shown, ...alarmed].filter(({ namespace }) => namespace === METRIC_NAMESPACE);

test('there is a dashboard and there are alarms', () => {
  expect(shown.length).toBeGreaterThan(30);
  expect(alarmed.length).toBeGreaterThan(15);
});

test.each(ours.map((seen) => [`${seen.where}: ${seen.name}`, seen] as const))(
  '%s is emitted as it is read',
  (_, seen) => {
    const definition = definitions[seen.name];
    expect(definition).toBeDefined();
    expect(Object.keys(seen.dimensions).sort()).toEqual([POOL_DIMENSION, ...(definition?.dimensions ?? [])].sort());
    expect(seen.dimensions[POOL_DIMENSION]).toBe('blue');
  },
);

describe('searches', () => {
  const wanted = searches.filter(({ text }) => text.startsWith('SEARCH'));

  test('there are some', () => expect(wanted.length).toBeGreaterThan(3));

  test.each(wanted.map(({ where, text }) => [where, text] as const))('%s: %s', (_, text) => {
    const match = /^SEARCH\('\{(.+)\} MetricName="(\w+)" (\w+)="(.+)"', '\w+', \d+\)$/.exec(text);
    const [, schema = '', name = '', pool, value] = match ?? [];
    expect(schema.split(',')).toEqual([METRIC_NAMESPACE, POOL_DIMENSION, ...(definitions[name]?.dimensions ?? [])]);
    // A metric without dimensions of its own needs no search.
    expect(definitions[name]?.dimensions.length).toBeGreaterThan(0);
    expect([pool, value]).toEqual([POOL_DIMENSION, 'blue']);
  });
});

test("AWS's own metrics are those of the stack's functions and queues", () => {
  const others = [...shown, ...alarmed].filter(({ namespace }) => namespace !== METRIC_NAMESPACE);
  expect(new Set(others.map(({ namespace }) => namespace))).toEqual(new Set(['AWS/Lambda', 'AWS/SQS']));
  for (const { dimensions } of others) {
    expect(Object.values(dimensions)).toEqual([expect.stringMatching(/^<Executor/)]);
  }
});

test('every definition is on the dashboard or in an alarm', () => {
  const read = new Set([
    ...ours.map(({ name }) => name),
    ...searches.flatMap(({ text }) => /MetricName="(\w+)"/.exec(text)?.[1] ?? []),
  ]);
  expect(Object.keys(METRICS).filter((name) => !read.has(name))).toEqual([]);
});

test('an expression over our metrics uses no name but their ids', () => {
  const math = searches.filter(({ text }) => !text.startsWith('SEARCH')).map(({ text }) => text);
  expect(math.sort()).toEqual(['cost / 1000000', 'cost / jobs / 1000000']);
});

test('a metric cannot be read by dimensions that it has not', () => {
  const pool = new PoolMetrics('blue');
  expect(() => pool.metric('JobsFailed', 'Sum', Duration.minutes(1))).toThrow('split by [Failure]');
  expect(() => pool.metric('JobsInFlight', 'Sum', Duration.minutes(1), { values: { Failure: 'oom' } })).toThrow(
    'split by []',
  );
});

test('each alarm says what it means, and missing data is not an alarm', () => {
  for (const { Properties } of ofType(resources, 'AWS::CloudWatch::Alarm')) {
    expect(Properties).toMatchObject({
      TreatMissingData: 'notBreaching',
      AlarmName: expect.stringMatching(/^blue-\w+$/),
    });
    expect((Properties['AlarmDescription'] as string).length).toBeGreaterThan(60);
  }
});
