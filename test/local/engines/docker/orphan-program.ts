// A program that starts one task on the docker engine and waits to be killed: orphan-program.ts IMAGE SLEEP
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { scriptedTask } from '../../../contracts/scripted-task.ts';

const [image = '', argument = ''] = process.argv.slice(2);
const opened = await openDockerEngine({ environment: process.env });
if (opened.kind === 'unavailable') throw new Error(opened.message);
const script = `sleep ${argument}`;
const task = scriptedTask({ runner: script, steps: [script] }, image);
await opened.engine.start({ ...task, startedBy: 'orphan' });
