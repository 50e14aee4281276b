// Builds the executor's own image with this machine's Docker engine: node build/executor-image.ts [TAG] [docker build options]
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { bundleProgram } from './bundle.ts';
import { buildImage } from './image.ts';

const [tag = 'sourcegraph-serverless-executor/executor:latest', ...options] = process.argv.slice(2);
process.exitCode = await buildImage(tag, 'packaging/docker/Dockerfile', options, async (context) => {
  await bundleProgram(path.join(context, 'program'));
  const example = path.join(import.meta.dirname, '..', 'examples', 'welcome');
  await cp(example, path.join(context, 'examples', 'welcome'), { recursive: true });
});
