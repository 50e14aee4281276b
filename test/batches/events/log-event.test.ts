import { describe, expect, test } from '@jest/globals';
import { decodeLogEvent, encodeLogEvent, logEvent } from '#batches/events/log-event.ts';
import { JsonLines } from '#batches/events/json-lines.ts';
import { GoAnyMap } from '#batches/go/values.ts';

describe('log events', () => {
  test('zero fields are left out', () => {
    const event = logEvent('TASK_STEP', 'SUCCESS', 1_500_000_000_120, { version: 2, step: 0, diff: Buffer.from('d') });
    expect(encodeLogEvent(event)).toEqual({
      kind: 'encoded',
      text: '{"operation":"TASK_STEP","timestamp":"2017-07-14T02:40:00.12Z","status":"SUCCESS","metadata":{"version":2,"diff":"ZA=="}}\n',
    });
  });

  test('a line is read back', () => {
    const event = logEvent('CHECKING_CACHE', 'SUCCESS', 5, { cachedSpecsFound: 1 });
    const line = encodeLogEvent(event);
    expect(line.kind === 'encoded' && decodeLogEvent(line.text)).toEqual({ kind: 'event', event });
  });

  const task = '"timestamp":"2026-11-24T06:07:08Z","status":"SUCCESS"';
  test.each<[string, string, string]>([
    ['an operation nobody knows', `{"operation":"NEW",${task}}`, 'invalid event type NEW'],
    [
      'metadata that is no object',
      `{"operation":"EXECUTING_TASK",${task},"metadata":5}`,
      'json: cannot unmarshal number into Go struct field .metadata of type batches.ExecutingTaskMetadata',
    ],
    [
      'a wrong field',
      `{"operation":"EXECUTING_TASK",${task},"metadata":{"taskID":1}}`,
      'json: cannot unmarshal number into Go struct field ExecutingTaskMetadata.metadata.taskID of type string',
    ],
    [
      'a wrong field of a step',
      `{"operation":"TASK_STEP",${task},"metadata":{"out":1}}`,
      '{"out":1}: json: cannot unmarshal number into Go struct field v1TaskStepMetadata.out of type string',
    ],
    [
      'an operation that is a number',
      `{"operation":1,${task}}`,
      'json: cannot unmarshal number into Go struct field logEventJSON.operation of type batches.LogEventOperation',
    ],
    [
      'a time that is a number',
      '{"operation":"TASK_STEP","timestamp":1}',
      'Time.UnmarshalJSON: input is not a JSON string',
    ],
    ['nothing', 'null', 'runtime error: invalid memory address or nil pointer dereference'],
  ])('refuses %s', (_name, text, message) => {
    expect(decodeLogEvent(text)).toEqual({ kind: 'error', message });
  });
});

describe('JsonLines', () => {
  test('an event that JSON cannot carry is a warning, and the next one is printed', () => {
    const lines: string[] = [];
    const warnings: string[] = [];
    const ui = new JsonLines({
      taskID: 'T',
      unixMillis: () => 0,
      print: (line) => lines.push(line),
      warn: (message) => warnings.push(message),
    });
    ui.stepFinished(1, Buffer.from('d'), new Map([['m', new GoAnyMap([])]]));
    ui.taskFinished(null);
    expect(warnings).toEqual([
      'json: error calling MarshalJSON for type *batches.TaskStepMetadata: json: unsupported type: map[interface {}]interface {}',
    ]);
    expect(lines).toEqual([
      '{"operation":"EXECUTING_TASK","timestamp":"1970-01-01T00:00:00Z","status":"SUCCESS","metadata":{"taskID":"T"}}\n',
    ]);
  });
});
