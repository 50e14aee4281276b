// A pool's status as a text for a terminal, and as data for programs.
import { dashboardName, logGroupName } from '#settings/pool-names.ts';
import type { RecentLine } from '../aws/recent-lines.ts';
import type { Check, Verdict } from './check.ts';

export interface Report {
  /** The worst of the checks; what is unknown is not good. */
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly lines: readonly RecentLine[];
  readonly links: Readonly<Record<string, string>>;
  /** All of it, to be read. */
  readonly text: string;
}

export interface Subject {
  readonly poolName: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const WORST: readonly Verdict[] = ['problem', 'warning', 'unknown', 'ok'];
const SHOWN: Readonly<Record<Verdict, string>> = { ok: 'ok', warning: 'WARNING', problem: 'PROBLEM', unknown: '?' };

export function report(subject: Subject, checks: readonly Check[], lines: readonly RecentLine[]): Report {
  const verdict = WORST.find((one) => checks.some((check) => check.verdict === one)) ?? 'unknown';
  const links = consoleLinks(subject);
  const title = `Executor pool ${subject.poolName} in ${subject.region}, ${new Date(subject.now).toISOString()}: ${summary(checks)}`;
  const text = [
    title,
    '',
    ...table(checks),
    ...(lines.length === 0 ? [] : ['', 'Last failures and warnings', ...lines.map(shownLine)]),
    '',
    'Console',
    ...Object.entries(links).map(([name, url]) => `  ${name.padEnd(12)}${url}`),
  ].join('\n');
  return { verdict, checks, lines, links, text };
}

function summary(checks: readonly Check[]): string {
  const of = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length;
  const parts = [
    [of('problem'), 'problem'],
    [of('warning'), 'warning'],
  ] as const;
  const said = parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]));
  if (of('unknown') > 0) said.push(`${of('unknown')} unknown`);
  return said.length === 0 ? 'all is well' : said.join(', ');
}

function table(checks: readonly Check[]): readonly string[] {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  return checks.flatMap(({ fix, name, text, verdict }) => {
    const head = `  ${SHOWN[verdict].padEnd(9)}${name.padEnd(width)}`;
    return [`${head}${text}`, ...(fix === undefined ? [] : [`${' '.repeat(head.length)}-> ${fix}`])];
  });
}

function shownLine({ at, detail, failure, from, job, level, message }: RecentLine): string {
  const what = failure === undefined ? message : `failed (${failure})`;
  const subject = job === undefined ? '' : `job ${job}: `;
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return `  ${time}  ${level.padEnd(6)}${from.padEnd(11)}${subject}${what}${detail === undefined ? '' : `: ${detail}`}`;
}

function consoleLinks({ poolName, region }: Subject): Readonly<Record<string, string>> {
  const base = `https://${region}.console.aws.amazon.com`;
  const watch = `${base}/cloudwatch/home?region=${region}`;
  // The console escapes twice, with a dollar for the percent sign.
  const logs = (part: 'dispatcher' | 'completion'): string =>
    `${watch}#logsV2:log-groups/log-group/${logGroupName(poolName, part).replaceAll('/', '$252F')}`;
  return {
    Dashboard: `${watch}#dashboards/dashboard/${dashboardName(poolName)}`,
    Alarms: `${watch}#alarmsV2:?search=${poolName}-`,
    Dispatcher: logs('dispatcher'),
    Completion: logs('completion'),
    Tasks: `${base}/ecs/v2/clusters/${poolName}/tasks?region=${region}`,
  };
}
