// Writes bundles into a folder, for those who cannot wait for a promise: node build/write-bundles.ts functions|runner DIR
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleFunctions, bundleRunner } from './bundle.ts';

const [what, folder] = process.argv.slice(2);
if (folder === undefined || (what !== 'functions' && what !== 'runner')) {
  throw new Error('usage: node build/write-bundles.ts functions|runner DIR');
}
if (what === 'functions') {
  await bundleFunctions(folder);
} else {
  await bundleRunner(path.join(folder, 'runner.cjs'));
  await copyFile(path.join(import.meta.dirname, '..', 'runner', 'Dockerfile'), path.join(folder, 'Dockerfile'));
}
