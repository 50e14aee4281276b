// What operators see of a Lambda: structured lines and CloudWatch metrics, both through its standard output (embedded
// metric format). Samples are gathered and published in one line for each set of dimensions: an invocation of the
// dispatcher lasts minutes, and a line a sample would cost more than the jobs.
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, METRICS, type MetricName, POOL_DIMENSION } from '#jobs/metrics.ts';
import type { Journal } from '#jobs/world.ts';

export interface LambdaJournalOptions {
  readonly functionName: 'dispatcher' | 'completion';
  readonly poolName: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'none';
}

const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', none: 'SILENT' } as const;

export class LambdaJournal implements Journal {
  readonly #poolName: string;
  readonly #logger: Logger;
  readonly #samples = new Map<string, Metrics>();

  constructor({ functionName, poolName, logLevel }: LambdaJournalOptions) {
    this.#poolName = poolName;
    this.#logger = new Logger({
      serviceName: functionName,
      logLevel: LEVELS[logLevel],
      persistentKeys: { pool: poolName },
    });
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#logger[level](message, { ...fields });
  }

  metric(name: MetricName, value: number, dimensions: Readonly<Record<string, string>> = {}): void {
    this.#metricsOf(dimensions).addMetric(name, METRICS[name].unit, value);
  }

  /** Names the invocation in each line from now on. */
  startInvocation(requestId: string): void {
    this.#logger.appendPersistentKeys({ requestId });
  }

  /** Writes out what was sampled since the last time. */
  publish(): void {
    for (const metrics of this.#samples.values()) if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }

  #metricsOf(dimensions: Readonly<Record<string, string>>): Metrics {
    const key = JSON.stringify(Object.entries(dimensions).sort());
    const known = this.#samples.get(key);
    if (known !== undefined) return known;
    const metrics = new Metrics({ namespace: METRIC_NAMESPACE });
    // Powertools adds a dimension of its own, and a metric is another one for each further dimension.
    metrics.clearDefaultDimensions();
    metrics.setDefaultDimensions({ [POOL_DIMENSION]: this.#poolName, ...dimensions });
    this.#samples.set(key, metrics);
    return metrics;
  }
}
