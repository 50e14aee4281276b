// The typed values of the vector files ({"$int": "5"}, {"$b64": ..}, ..) to and from the Go values of batches/go.
import { decodeText, encodeText, hasBrokenBytes } from '#batches/go/text.ts';
import { GoAnyMap, GoInt, GoNilMap, GoStrings, GoTime, GoUint64, type GoValue } from '#batches/go/values.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A text of a vector file: plain, or `{"$b64": base64}` when its bytes are not valid UTF-8. */
export function textOf(json: unknown): string {
  if (typeof json === 'string') return json;
  return decodeText(bytesOf(json));
}

export function bytesOf(json: unknown): Uint8Array {
  if (typeof json === 'string') return encodeText(json);
  return Buffer.from((json as { $b64: string }).$b64, 'base64');
}

export function textToVector(text: string): unknown {
  return hasBrokenBytes(text) ? { $b64: Buffer.from(encodeText(text)).toString('base64') } : text;
}

export function valueOf(json: unknown): GoValue {
  return read(json as Json);
}

function read(json: Json): GoValue {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return (json as readonly Json[]).map(read);
  const object = json as { readonly [key: string]: Json };
  if (typeof object['$int'] === 'string') return new GoInt(BigInt(object['$int']));
  if (typeof object['$uint64'] === 'string') return new GoUint64(BigInt(object['$uint64']));
  if (typeof object['$float'] === 'string') return floatOf(object['$float']);
  if (typeof object['$time'] === 'string') return timeOf(object['$time']);
  if (typeof object['$b64'] === 'string') return textOf(object);
  if ('$nilmap' in object) return new GoNilMap();
  if (Array.isArray(object['$map'])) {
    return new GoAnyMap(
      (object['$map'] as unknown as [Json, Json][]).map(([key, value]) => [read(key), read(value)] as const),
    );
  }
  return new Map(Object.entries(object).map(([key, value]) => [key, read(value)]));
}

function floatOf(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

function timeOf(text: string): GoTime {
  const match = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) throw new Error(`not RFC 3339: ${text}`);
  const [, whole = '', fraction = '', zone = ''] = match;
  const nanos = BigInt(Date.parse(whole + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
  const offset =
    zone === 'Z' ? null : (zone.startsWith('-') ? -60 : 60) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  return new GoTime(nanos, offset);
}

export function valueToVector(value: GoValue): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return textToVector(value);
  if (typeof value === 'number') return floatToVector(value);
  if (value instanceof GoInt) return { $int: value.value.toString() };
  if (value instanceof GoUint64) return { $uint64: value.value.toString() };
  if (value instanceof GoTime) return { $time: timeToText(value) };
  if (value instanceof GoStrings) return value.items;
  if (value instanceof GoNilMap) return { $nilmap: true };
  if (value instanceof GoAnyMap) return { $map: value.entries.map(([k, v]) => [valueToVector(k), valueToVector(v)]) };
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<string, GoValue>)].map(([k, v]) => [k, valueToVector(v)]));
  return (value as readonly GoValue[]).map(valueToVector);
}

function floatToVector(value: number): unknown {
  if (Number.isNaN(value)) return { $float: 'NaN' };
  if (value === Infinity) return { $float: '+Inf' };
  if (value === -Infinity) return { $float: '-Inf' };
  if (Object.is(value, -0)) return { $float: '-0' };
  return value;
}

function timeToText(time: GoTime): string {
  const shifted = time.nanos + BigInt(time.offsetSeconds ?? 0) * 1_000_000_000n;
  const seconds = shifted >= 0n ? shifted / 1_000_000_000n : -((-shifted + 999_999_999n) / 1_000_000_000n);
  const nanos = shifted - seconds * 1_000_000_000n;
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
  const minutes = Math.abs(time.offsetSeconds ?? 0) / 60;
  const pad = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const zone =
    time.offsetSeconds === null
      ? 'Z'
      : `${time.offsetSeconds < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
  return base + fraction + zone;
}
