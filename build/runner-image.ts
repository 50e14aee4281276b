// Builds the step-runner's image with this machine's Docker engine: node build/runner-image.ts [TAG] [docker build options]
import path from 'node:path';
import { bundleRunner } from './bundle.ts';
import { buildImage } from './image.ts';

const [tag = 'sourcegraph-serverless-executor/step-runner:latest', ...options] = process.argv.slice(2);
process.exitCode = await buildImage(tag, 'runner/Dockerfile', options, (context) =>
  bundleRunner(path.join(context, 'runner.cjs')),
);
