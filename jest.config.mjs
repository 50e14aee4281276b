export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.(engine|lambda|localstack|slow)\\.test\\.ts$'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/.local/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/strip-types.mjs' },
  setupFiles: ['<rootDir>/test/native-errors.mjs'],
  coverageProvider: 'v8',
  // Most suites wait for processes and sockets, so a worker a core, not one fewer.
  maxWorkers: '100%',
  testTimeout: 30_000,
};
