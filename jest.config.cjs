/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json', diagnostics: false }] },
};

/** @type {import('jest').Config} */
module.exports = {
  // Tests wait for processes much of the time.
  maxWorkers: '100%',
  testSequencer: './tools/longest-first-sequencer.cjs',
  reporters: ['default', './tools/counts-reporter.cjs'],
  projects: [
    { ...shared, displayName: 'unit', rootDir: 'packages/nx-venvstacks', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    { ...shared, displayName: 'tools', rootDir: 'tools', testMatch: ['<rootDir>/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'e2e',
      rootDir: 'e2e',
      testMatch: ['<rootDir>/**/*.e2e.ts'],
      globalSetup: '<rootDir>/setup.cjs',
      globalTeardown: '<rootDir>/teardown.cjs',
    },
  ],
};
