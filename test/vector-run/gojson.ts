// gojson.json: Go's encoding/json over AfterStepResults, log events, steps and plain values.
import { decodeLogEvent, encodeLogEvent, type LogEvent } from '#batches/events/log-event.ts';
import { metadataTypes, type EventOperation, type TaskStepMetadata } from '#batches/events/metadata.ts';
import { encoded, goJson, type EncodedJson } from '#batches/go/json-encode.ts';
import { unmarshal } from '#batches/go/json-type.ts';
import { parseTime, RFC3339 } from '#batches/go/time-parse.ts';
import { GoTime } from '#batches/go/values.ts';
import { marshalStepResult, unmarshalStepResult } from '#batches/step-result-json.ts';
import { stepType } from '#batches/step.ts';
import type { Adapter, Outcome, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { bytesOrNull, mapOrNull, resultOf, textOrEmpty, textsOf } from './results.ts';
import { textOf, valueOf } from './typed.ts';

type Fields = Readonly<Record<string, unknown>>;

export const adapter: Adapter = { run: (testCase) => judge(testCase, outcomeOf(testCase)) };

function outcomeOf({ in: input }: VectorCase): Outcome {
  switch (input['func']) {
    case 'Marshal(AfterStepResult)':
      return written(marshalStepResult(resultOf(input['result'] as Fields)));
    case 'Unmarshal+Marshal(AfterStepResult)': {
      const read = unmarshalStepResult(textOf(input['text']));
      return read.kind === 'error' ? { error: read.message } : written(marshalStepResult(read.value));
    }
    case 'Encode(LogEvent)':
      return written(encodeLogEvent(eventOf(input)));
    case 'Unmarshal+Encode(LogEvent)': {
      const read = decodeLogEvent(textOf(input['text']));
      return read.kind === 'error' ? { error: read.message } : written(encodeLogEvent(read.event));
    }
    case 'Marshal(value)':
      return written(goJson(valueOf(input['value'])));
    case 'Unmarshal+Marshal(Step)': {
      const read = unmarshal(stepType, textOf(input['text']));
      return read.kind === 'error' ? { error: read.message } : written(encoded(() => stepType.encode(read.value)));
    }
    default:
      throw new Error(`unknown function ${String(input['func'])}`);
  }
}

function written(result: EncodedJson): Outcome {
  return result.kind === 'encoded' ? { out: result.text } : { error: result.message };
}

function eventOf(input: Fields): LogEvent {
  const parsed = parseTime(RFC3339, input['timestamp'] as string);
  if (parsed.kind === 'error') throw new Error(parsed.message);
  const operation = input['operation'] as EventOperation;
  // src cuts timestamps to milliseconds in UTC before it writes them.
  const timestamp = new GoTime((parsed.time.nanos / 1_000_000n) * 1_000_000n, null);
  const metadata = metadataOf(operation, (input['fields'] ?? {}) as Fields);
  return { operation, timestamp, status: input['status'], metadata } as LogEvent;
}

function metadataOf(operation: EventOperation, fields: Fields): unknown {
  if (operation === 'TASK_STEP') return taskStepOf(fields);
  if (operation === 'CACHE_AFTER_STEP_RESULT') {
    return { key: textOrEmpty(fields['key']), value: resultOf((fields['value'] ?? {}) as Fields) };
  }
  const read = unmarshal<unknown>(metadataTypes[operation], JSON.stringify(fields));
  if (read.kind === 'error') throw new Error(read.message);
  return read.value;
}

function taskStepOf(fields: Fields): TaskStepMetadata {
  return {
    version: Number(fields['version'] ?? 0),
    taskID: textOrEmpty(fields['taskID']),
    step: Number(fields['step'] ?? 0),
    runScript: textOrEmpty(fields['runScript']),
    env: textsOf(fields['env']),
    out: textOrEmpty(fields['out']),
    diff: bytesOrNull(fields['diff']),
    outputs: mapOrNull(fields['outputs']),
    exitCode: Number(fields['exitCode'] ?? 0),
    error: textOrEmpty(fields['error']),
  };
}
