// Which of the two families of routes an executor uses: one queue named in the path, or several named in the body.
export type Queues =
  { readonly kind: 'single'; readonly name: string } | { readonly kind: 'several'; readonly names: readonly string[] };

/** The base of a queue's own routes. The instance chooses the names, so any text is encoded and none is checked. */
export function queuePath(queue: string): string {
  return `/.executors/queue/${encodeURIComponent(queue)}`;
}

export const SEVERAL_QUEUES_PATH = '/.executors/queue';
