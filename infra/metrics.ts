// Metrics for dashboard and alarms, from the one table that the emitting code uses too: a metric with a name, unit or
// dimension that nobody emits cannot be written here.
import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, METRICS, type MetricName, POOL_DIMENSION } from '#jobs/metrics.ts';

const ANY: Readonly<Record<MetricName, { readonly dimensions: readonly string[]; readonly sentence: string }>> =
  METRICS;

export class PoolMetrics {
  readonly #poolName: string;

  constructor(poolName: string) {
    this.#poolName = poolName;
  }

  /** `values`: one for each dimension of the metric. */
  metric(
    name: MetricName,
    statistic: string,
    period: Duration,
    options: { readonly values?: Readonly<Record<string, string>>; readonly label?: string } = {},
  ): cloudwatch.Metric {
    const { values = {}, label } = options;
    const { dimensions } = ANY[name];
    if (Object.keys(values).sort().join() !== [...dimensions].sort().join()) {
      throw new Error(`${name} is split by [${dimensions.join(', ')}], not by [${Object.keys(values).join(', ')}]`);
    }
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      dimensionsMap: { [POOL_DIMENSION]: this.#poolName, ...values },
      statistic,
      period,
      ...(label === undefined ? {} : { label }),
    });
  }

  /** All values of the metric's dimensions, each a line of its own. For dashboards: an alarm takes no search. */
  split(name: MetricName, statistic: string, period: Duration): cloudwatch.MathExpression {
    const schema = [METRIC_NAMESPACE, POOL_DIMENSION, ...ANY[name].dimensions].join(',');
    const search = `{${schema}} MetricName="${name}" ${POOL_DIMENSION}="${this.#poolName}"`;
    return new cloudwatch.MathExpression({
      expression: `SEARCH('${search}', '${statistic}', ${period.toSeconds()})`,
      label: `${name} `,
      period,
      usingMetrics: {},
    });
  }
}
