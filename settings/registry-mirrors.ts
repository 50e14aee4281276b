// The mirrors of Docker Hub as image names begin with them.
import type { Settings } from './parse.ts';

/** Host, port and path without a scheme, in the order in which they are to be asked. */
export function registryMirrors({ registryMirrorUrls }: Pick<Settings, 'registryMirrorUrls'>): readonly string[] {
  return (registryMirrorUrls ?? []).map((url) => url.replace(/^https?:\/\//, ''));
}
