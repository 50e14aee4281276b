// A row of the table of bad input: a job, what goes wrong around it, and the one clear outcome that is expected.
import type { JobState, JobTemplate } from '#local/sandbox/jobs.ts';
import type { Fault, FaultName, Route } from '../world/faults.ts';
import type { Repository } from '../world/jobs.ts';

export interface RowFault {
  readonly route: Route;
  readonly fault: FaultName | Fault;
  readonly times?: number;
}

export interface Row {
  readonly name: string;
  readonly job: (repository: Repository) => JobTemplate;
  readonly faults?: readonly RowFault[];
  readonly state: JobState;
  /** In the error message of the mark. */
  readonly message?: string | RegExp;
  /** In the log of the job: of the entry with this key, or of any. */
  readonly log?: string | RegExp;
  readonly notInLog?: string;
  /** Takes long, or much of the machine: not in `npm test`. */
  readonly slow?: boolean;
}
