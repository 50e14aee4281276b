#!/bin/bash
# The suites that need a real Docker engine (*.engine.test.ts). Arguments go to jest.
set -eu
cd "$(dirname "$0")/../.."
exec test/engines/with-docker-engine.sh \
  node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js \
  --testPathIgnorePatterns /node_modules/ --testMatch '**/*.engine.test.ts' --runInBand "$@"
