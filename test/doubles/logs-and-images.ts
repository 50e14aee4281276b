// CloudWatch Logs and ECR, as far as the status asks them: lines filtered by pattern, and which images there are.
// Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events".
import * as z from 'zod';
import { type AwsJsonAnswer, type AwsJsonServer, serveAwsJson } from './aws-json.ts';

export interface LogLine {
  readonly timestamp: number;
  readonly message: string;
}

export interface LogsAndImages extends AwsJsonServer {
  /** Lines by log group. A group that is not there is an error, as on AWS. */
  readonly groups: Map<string, () => readonly LogLine[]>;
  /** `name:tag` or `name@digest`. */
  readonly images: Set<string>;
}

const FilterSchema = z.looseObject({
  logGroupName: z.string(),
  filterPattern: z.string(),
  startTime: z.number(),
  nextToken: z.string().optional(),
});
const ImagesSchema = z.looseObject({
  repositoryName: z.string(),
  imageIds: z.array(z.object({ imageTag: z.string().optional(), imageDigest: z.string().optional() })),
});

/** A page of AWS's holds up to 10,000 events; a small one lets every caller meet a second. */
const PAGE = 3;

export async function startLogsAndImages(): Promise<LogsAndImages> {
  const groups: LogsAndImages['groups'] = new Map();
  const images = new Set<string>();
  const server = await serveAwsJson((operation, input) => {
    if (operation === 'FilterLogEvents') return filterLogEvents(groups, FilterSchema.parse(input));
    if (operation === 'DescribeImages') return describeImages(images, ImagesSchema.parse(input));
    return refuse('UnknownOperationException', operation);
  });
  return { ...server, groups, images };
}

const refuse = (type: string, message: string): AwsJsonAnswer => ({
  answer: { kind: 'error', error: { status: 400, type, message } },
});

function filterLogEvents(groups: LogsAndImages['groups'], input: z.output<typeof FilterSchema>): AwsJsonAnswer {
  const lines = groups.get(input.logGroupName)?.();
  if (lines === undefined) return refuse('ResourceNotFoundException', 'The specified log group does not exist.');
  const matches = pattern(input.filterPattern);
  const events = lines.filter(({ timestamp, message }) => timestamp >= input.startTime && matches(message));
  const from = Number(input.nextToken ?? 0);
  const more = from + PAGE < events.length ? { nextToken: String(from + PAGE) } : {};
  return { answer: { kind: 'answer', body: { events: events.slice(from, from + PAGE), ...more } } };
}

/** `{ ($.a = "x") || ($.b = "*") }` over JSON lines, or `?"one" ?"other"` over any. */
function pattern(text: string): (line: string) => boolean {
  const json = /^\{ (.+) \}$/.exec(text)?.[1];
  if (json === undefined) {
    const terms = [...text.matchAll(/\?"([^"]+)"/g)].map(([, term = '']) => term);
    if (terms.length === 0) throw new Error(`a pattern that this double does not know: ${text}`);
    return (line) => terms.some((term) => line.includes(term));
  }
  const conditions = json.split(' || ').map((condition) => {
    const match = /^\(\$\.(\w+) = "([^"]*)"\)$/.exec(condition);
    if (match === null) throw new Error(`a condition that this double does not know: ${condition}`);
    return { field: match[1] ?? '', value: match[2] ?? '' };
  });
  return (line) => {
    const parsed = jsonObject(line);
    return conditions.some(({ field, value }) => {
      const found = parsed?.[field];
      return typeof found === 'string' && (value === '*' || found === value);
    });
  };
}

function jsonObject(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function describeImages(images: ReadonlySet<string>, input: z.output<typeof ImagesSchema>): AwsJsonAnswer {
  const [id = {}] = input.imageIds;
  const name = id.imageDigest === undefined ? `:${id.imageTag ?? ''}` : `@${id.imageDigest}`;
  if (!images.has(`${input.repositoryName}${name}`)) {
    return refuse('ImageNotFoundException', `The image with imageId {${name}} does not exist within the repository`);
  }
  return { answer: { kind: 'answer', body: { imageDetails: [{ repositoryName: input.repositoryName }] } } };
}
