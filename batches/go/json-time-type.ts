// time.Time as a field of a Go struct.
import { timeJson } from './json-time.ts';
import { customType, type GoType } from './json-type.ts';
import { parseTime, RFC3339 } from './time-parse.ts';
import { UNIX_EPOCH_IN_GO_SECONDS } from './time-text.ts';
import { GoTime } from './values.ts';

export const timeType: GoType<GoTime> = customType<GoTime>({
  name: 'time.Time',
  zero: new GoTime(-UNIX_EPOCH_IN_GO_SECONDS * 1_000_000_000n, null),
  read(node, source, previous) {
    if (node.kind === 'null') return { value: previous };
    if (node.kind !== 'string') {
      return { error: { kind: 'other', message: 'Time.UnmarshalJSON: input is not a JSON string' } };
    }
    // Escapes are not resolved: Go looks at the bytes between the quotes.
    const parsed = parseTime(RFC3339, source.slice(node.start + 1, node.end - 1));
    return parsed.kind === 'parsed' ? { value: parsed.time } : { error: { kind: 'other', message: parsed.message } };
  },
  encode: timeJson,
});
