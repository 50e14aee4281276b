import { expect, test } from '@jest/globals';
import { ProcessorMetrics } from '#sourcegraph/processor-metrics.ts';

test('handlers are the jobs in flight, and a job that is no longer named has ended', () => {
  const clock = { now: 0 };
  const metrics = new ProcessorMetrics(['batches', 'codeintel'], () => clock.now);
  metrics.noteHeld([
    { queue: 'batches', jobId: 1 },
    { queue: 'batches', jobId: 2 },
    { queue: 'codeintel', jobId: 1 },
  ]);
  expect(metrics.text()).toContain('src_executor_processor_handlers{op="Handle",queue="batches"} 2\n');
  expect(metrics.text()).toContain('src_executor_processor_handlers{op="Handle",queue="codeintel"} 1\n');
  clock.now = 45_000;
  metrics.noteError('batches');
  metrics.noteHeld([{ queue: 'batches', jobId: 2 }]);
  const text = metrics.text();
  expect(text).toContain('src_executor_processor_total{op="Handle",queue="batches"} 1\n');
  expect(text).toContain('src_executor_processor_errors_total{op="Handle",queue="batches"} 1\n');
  expect(text).toContain('src_executor_processor_duration_seconds_bucket{op="Handle",queue="batches",le="30"} 0\n');
  expect(text).toContain('src_executor_processor_duration_seconds_bucket{op="Handle",queue="batches",le="60"} 1\n');
  expect(text).toContain('src_executor_processor_duration_seconds_bucket{op="Handle",queue="batches",le="+Inf"} 1\n');
  expect(text).toContain('src_executor_processor_duration_seconds_sum{op="Handle",queue="batches"} 45\n');
});

test('a queue shows with zeros before its first job, and its name cannot break the text', () => {
  const metrics = new ProcessorMetrics(['a"\nb'], () => 0);
  expect(metrics.text()).toContain('src_executor_processor_handlers{op="Handle",queue="a__b"} 0\n');
});
