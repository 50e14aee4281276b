// The version rule of a dequeue (Sourcegraph's executorqueue handler): from 4.3.0 on an executor is given version 2
// payloads; a name that is no version is refused.

export type VersionAnswer =
  { readonly kind: 'supported'; readonly payload: 1 | 2 } | { readonly kind: 'invalid'; readonly message: string };

// Builds of the main branch are dated: `123456_2024-01-02_abcdef0`; the change came with this day.
const FIRST_BUILD_DAY = '2022-12-01';

export function payloadVersion(version: string): VersionAnswer {
  if (version === '') return { kind: 'supported', payload: 1 };
  if (version === 'dev' || version === '0.0.0+dev') return { kind: 'supported', payload: 2 };
  const build = /^\d+_(\d{4}-\d{2}-\d{2})_[0-9a-z]+$/.exec(version);
  if (build !== null) return { kind: 'supported', payload: (build[1] ?? '') >= FIRST_BUILD_DAY ? 2 : 1 };
  const semver = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version);
  if (semver === null)
    return { kind: 'invalid', message: `failed to check version ${JSON.stringify(version)}: Invalid Semantic Version` };
  const [major, minor] = [Number(semver[1]), Number(semver[2])];
  return { kind: 'supported', payload: major > 4 || (major === 4 && minor >= 3) ? 2 : 1 };
}
