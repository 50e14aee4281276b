// Type-aware lint. The determinism rules keep the simulated world (jobs/ and what it calls) free of every source
// of time, chance and I/O but the interfaces of jobs/world.ts: one stray promise of a thread pool makes seeds differ.
import tseslint from 'typescript-eslint';

const oneWorld = 'the simulation replays this code: time, chance and I/O come only through jobs/world.ts';
const ban = (name) => ({ name, message: oneWorld });

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'cdk.out/', '.local/', 'coverage/', 'examples/welcome/', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', 'cli/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'only settings/ and the entry points read the environment' },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['jobs/**/*.ts', 'batches/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'Date',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'queueMicrotask',
          'fetch',
          'process',
          'performance',
          'Intl',
        ].map(ban),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: oneWorld },
        { object: 'AbortSignal', property: 'timeout', message: oneWorld },
        { object: 'crypto', property: 'subtle', message: oneWorld },
        { property: 'localeCompare', message: oneWorld },
        { property: 'toLocaleString', message: oneWorld },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^@aws-sdk/', message: oneWorld },
            { regex: '^node:(?!crypto$|buffer$|assert$)', message: oneWorld },
          ],
        },
      ],
    },
  },
  {
    files: [
      'settings/environment.ts',
      'cli/**/*.ts',
      'functions/**/main.ts',
      'runner/main.ts',
      'infra/app.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
      '**/*.mjs',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
