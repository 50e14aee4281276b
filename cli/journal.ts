// The program's own log on one machine: one line an event on standard error, condensed for people or JSON for collectors.
import type { Journal } from '#jobs/world.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'none'] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface JournalOptions {
  readonly level: LogLevel;
  readonly format: 'condensed' | 'json';
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Texts that must never be seen, such as the executor's token. */
  readonly secrets: readonly string[];
}

export function createJournal(options: JournalOptions): Journal {
  const from = LEVELS.indexOf(options.level);
  return {
    log: (level, message, fields) => {
      if (LEVELS.indexOf(level) < from) return;
      const time = new Date(options.now()).toISOString();
      const line =
        options.format === 'json'
          ? JSON.stringify({ time, level, message, ...plain(fields) })
          : condensed(time, level, message, fields);
      options.write(`${withoutSecrets(line, options.secrets)}\n`);
    },
    // Samples are for CloudWatch; on one machine the heartbeat carries what Sourcegraph's own dashboards read.
    metric: () => undefined,
  };
}

function condensed(time: string, level: string, message: string, fields: Readonly<Record<string, unknown>>): string {
  const { about, rest } = aboutJob(fields);
  const shown = Object.entries(plain(rest)).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  return [time.slice(11, 19), level.toUpperCase().padEnd(5), `${about}${message}`, ...shown]
    .join(' ')
    .replace(/\n/g, '\\n');
}

const ABOUT_JOB = ['job', 'queue', 'jobId', 'attempt'];

/** The fields that say which job a line is about, in a person's words; a first attempt goes without saying. */
function aboutJob(fields: Readonly<Record<string, unknown>>): { about: string; rest: Record<string, unknown> } {
  const { queue, jobId, attempt } = fields;
  if (typeof queue !== 'string' || typeof jobId !== 'number') return { about: '', rest: { ...fields } };
  const again = typeof attempt === 'number' && attempt > 1 ? `, attempt ${attempt}` : '';
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !ABOUT_JOB.includes(name)));
  return { about: `job ${jobId} of ${queue}${again}: `, rest };
}

function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, 'SECRET_REMOVED')), line);
}
