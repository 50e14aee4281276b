// A job's end has several heralds: its result, its stopped task, and the dispatcher that finds it finished. Each may ask
// for the mark while another's is still under way; they then wait for one and the same answer, so that a slow instance
// does not hear of one end twice.
import type { Instance } from '#jobs/world.ts';

export function oneMarkAtATime(instance: Instance): Instance {
  const underWay = new Map<string, ReturnType<Instance['mark']>>();
  return {
    ...instance,
    mark: (job, outcome, signal) => {
      const name = JSON.stringify([job.queue, job.jobId, job.token]);
      const marking = underWay.get(name) ?? instance.mark(job, outcome, signal).finally(() => underWay.delete(name));
      underWay.set(name, marking);
      return marking;
    },
  };
}
