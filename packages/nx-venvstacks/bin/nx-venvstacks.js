#!/usr/bin/env node
// Sets the exit code instead of exiting, so that a pipe gets all of the output.
process.exitCode = require('../dist/cli').main(process.argv.slice(2));
