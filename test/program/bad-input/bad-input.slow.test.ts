// The rows that take long: time-outs, a gigabyte of output, a line of 100 MB.
import { ANSWERS } from './answers.ts';
import { runRows } from './run-rows.ts';
import { STEPS } from './steps.ts';
import { WORKSPACES } from './workspaces.ts';

runRows(
  [...STEPS, ...WORKSPACES, ...ANSWERS].filter(({ slow }) => slow === true),
  240_000,
);
