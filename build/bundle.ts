// Makes one file of a program: the step-runner, so that a task starts fast and its image needs no node_modules, and each
// Lambda.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildOptions } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const RUNNER_SOURCE = path.join(root, 'runner', 'main.ts');
/** Many step-runners in one process. */
const SHARED_RUNNER_SOURCE = path.join(root, 'runner', 'shared', 'main.ts');
/** The runner looks for the agent at this place beside itself. */
const AGENT = path.join('step-agent', 'agent.sh');

/**
 * Writes the bundled step-runner to `outFile` (`.cjs`), and the step agent beside it. CommonJS, because an ES module that
 * imports node:http makes Node load its whole fetch as well: 115 ms of CPU to start against 190 ms (and 780 ms for the
 * sources; Node alone 50 ms).
 */
export async function bundleRunner(outFile: string): Promise<void> {
  await bundleOneFile(RUNNER_SOURCE, outFile);
}

async function bundleOneFile(source: string, outFile: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [source],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    sourcemap: 'linked',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const agent = path.join(path.dirname(outFile), AGENT);
  await mkdir(path.dirname(agent), { recursive: true });
  await copyFile(path.join(root, 'runner', AGENT), agent);
}

export const FUNCTIONS = ['dispatcher', 'completion', 'status', 'gate'] as const;

/** Some packages under the SDK are CommonJS. The name is long because the minifier would take a short one for itself. */
const REQUIRE_BANNER =
  "import{createRequire as __topLevelCreateRequire}from'node:module';const require=__topLevelCreateRequire(import.meta.url);";

/** Writes each Lambda as `<outDir>/<name>/index.mjs`, whose export `handler` is the handler, with a source map beside it. */
export async function bundleFunctions(outDir: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: FUNCTIONS.map((name) => ({
      in: path.join(root, 'functions', name, 'main.ts'),
      out: path.join(name, 'index'),
    })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    legalComments: 'none',
    sourcemap: 'linked',
    banner: { js: REQUIRE_BANNER },
  });
}

/** What {@link bundleProgram} writes into its folder; the program looks for the others beside itself. */
export const PROGRAM_FILES = {
  program: 'program.mjs',
  runner: 'runner.cjs',
  /** Many of them in one process. */
  sharedRunner: 'shared-runner.cjs',
} as const;

/**
 * Writes the whole command line program with the step-runner as files that need nothing but Node and git. What only a
 * checkout can do (building the step-runner's image, making bundles) is not in it.
 */
export async function bundleProgram(outDir: string): Promise<void> {
  const { build } = await import('esbuild');
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    legalComments: 'none',
    banner: { js: `${REQUIRE_BANNER}const __dirname=import.meta.dirname,__filename=import.meta.filename;` },
    // The bundler itself, and compiled parts of the Docker client's SSH that it does without.
    external: ['esbuild', 'cpu-features', '*.node'],
  } satisfies BuildOptions;
  const bundle = (source: string, file: string) =>
    build({ ...common, entryPoints: [path.join(root, source)], outfile: path.join(outDir, file) });
  await bundle('cli/main.ts', PROGRAM_FILES.program);
  // Named as its source is, because that is what the process engine starts.
  await bundle('local/engines/process/watchdog.ts', 'watchdog.ts');
  await bundleRunner(path.join(outDir, PROGRAM_FILES.runner));
  await bundleOneFile(SHARED_RUNNER_SOURCE, path.join(outDir, PROGRAM_FILES.sharedRunner));
  await writeFile(path.join(outDir, 'package.json'), '{ "type": "module" }\n');
}

/** What the runner's sources are; it imports from no other folder. */
const RUNNER_FOLDERS = ['runner', 'batches', 'jobs', 'sourcegraph'] as const;
const KEPT_BUNDLES = path.join(root, 'node_modules', '.cache', 'step-runner');

/** V8 compiles the bundle once for all starts: a fifth of the CPU that one takes. */
const START_WITH_COMPILE_CACHE =
  "require('node:module').enableCompileCache(require('node:path').join(__dirname, 'compiled')); require('./runner.cjs');\n";

/**
 * The process of step-runners as this machine is to start it. From a checkout without a build step that is a bundle made on
 * the first call and kept by the content of its sources: it starts several times faster than they do. Where the bundler is
 * not installed or nothing can be written, the sources themselves.
 */
export async function sharedRunnerEntry(): Promise<string> {
  const kept = path.join(KEPT_BUNDLES, await contentHash(RUNNER_FOLDERS));
  const entry = path.join(kept, 'start.cjs');
  if (await exists(entry)) return entry;
  const draft = `${kept}.${process.pid}`;
  try {
    await bundleOneFile(SHARED_RUNNER_SOURCE, path.join(draft, 'runner.cjs'));
    await writeFile(path.join(draft, 'start.cjs'), START_WITH_COMPILE_CACHE);
    // Two programs may come at once; both have made the same. Older bundles stay: a running program may still start them.
    await rename(draft, kept).catch(() => rm(draft, { recursive: true }));
    return entry;
  } catch {
    return SHARED_RUNNER_SOURCE;
  }
}

/** Names the step-runner by its content: 16 hexadecimal digits. */
export const runnerContentHash = (): Promise<string> => contentHash(RUNNER_FOLDERS);

async function contentHash(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const names = await readdir(path.join(root, folder), { recursive: true });
    for (const name of names.filter((file) => /\.(ts|sh)$/.test(file)).sort()) {
      hash
        .update(name)
        .update('\0')
        .update(await readFile(path.join(root, folder, name)));
    }
  }
  for (const file of ['build/bundle.ts', 'package-lock.json']) hash.update(await readFile(path.join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
