// Mounts as `docker run --mount` writes them: type=bind,source=/data,target=/data,readonly; several with semicolons between.
// https://docs.docker.com/reference/cli/docker/container/run/#mount
import type { Kind, Reading } from './kinds.ts';

export interface Mount {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Path on the engine's machine, or name of a volume; a tmpfs has none. */
  readonly source?: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

const MUST = 'mounts like type=bind,source=/data,target=/data,readonly with semicolons between them';
const TARGETS = ['target', 'destination', 'dst'];
const SOURCES = ['source', 'src'];

export const mounts: Kind<readonly Mount[]> = {
  label: 'semicolon list of mounts',
  read: (text) => {
    const read: Mount[] = [];
    for (const part of text.split(';').filter((one) => one.trim() !== '')) {
      const reading = readMount(part.trim());
      if (!reading.ok) return reading;
      read.push(reading.value);
    }
    return read.length === 0 ? { ok: false, must: MUST } : { ok: true, value: read };
  },
  write: (all) => all.map(written).join(';'),
};

function readMount(text: string): Reading<Mount> {
  let type = 'volume';
  let source: string | undefined;
  let target = '';
  let readOnly = false;
  for (const field of text.split(',').map((one) => one.trim())) {
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    const value = equals < 0 ? undefined : field.slice(equals + 1);
    if (name === 'type' && value !== undefined) type = value;
    else if (SOURCES.includes(name) && value !== undefined) source = value;
    else if (TARGETS.includes(name) && value !== undefined) target = value;
    else if (['readonly', 'ro'].includes(name) && /^(?:1|true)?$/.test(value ?? '')) readOnly = true;
    else return { ok: false, must: `${MUST}; ${JSON.stringify(field)} is no part of one that this executor knows` };
  }
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs')
    return { ok: false, must: `${MUST}; the type is bind, volume or tmpfs` };
  if (!target.startsWith('/')) return { ok: false, must: `${MUST}; the target is an absolute path` };
  if (type === 'bind' && source?.startsWith('/') !== true)
    return { ok: false, must: `${MUST}; the source of a bind mount is an absolute path of the engine's machine` };
  if (type === 'volume' && (source === undefined || source === ''))
    return { ok: false, must: `${MUST}; the source of a volume is its name` };
  return { ok: true, value: { type, ...(source === undefined ? {} : { source }), target, readOnly } };
}

function written({ type, source, target, readOnly }: Mount): string {
  return [
    `type=${type}`,
    ...(source === undefined ? [] : [`source=${source}`]),
    `target=${target}`,
    ...(readOnly ? ['readonly'] : []),
  ].join(',');
}
