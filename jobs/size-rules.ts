// What each job gets: the pool's size and run time limit, or those of the first rule that it matches. Size matters more to
// the bill than anything else: Fargate bills a minute at least, and one vCPU costs a quarter of four.
import type { Job } from '#sourcegraph/job.ts';
import type { DispatchOptions } from './options.ts';
import type { TaskSize } from './task-definition.ts';
import type { Millis } from './world.ts';

export interface SizeRule {
  /** Jobs of this queue; absent: of any. */
  readonly queue?: string;
  /** Jobs over repositories whose name is like this, where `*` stands for any characters; absent: over any. */
  readonly repository?: string;
  readonly size: TaskSize;
  readonly runtimeLimitMs: Millis;
}

export type JobSize = Pick<SizeRule, 'size' | 'runtimeLimitMs'>;

/** Of the rules the first that matches decides. */
export function sizeOf(
  queue: string,
  job: Pick<Job, 'repositoryName'>,
  options: Pick<DispatchOptions, 'plan' | 'runtimeLimitMs' | 'sizeRules'>,
): JobSize {
  const rule = options.sizeRules?.find((one) => matches(one, queue, job.repositoryName));
  return rule ?? { size: options.plan.size, runtimeLimitMs: options.runtimeLimitMs };
}

function matches(rule: SizeRule, queue: string, repository: string): boolean {
  if (rule.queue !== undefined && rule.queue !== queue) return false;
  return rule.repository === undefined || isLike(rule.repository, repository);
}

/** The parts between stars, one after the other: linear, whatever a pattern looks like. */
function isLike(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
