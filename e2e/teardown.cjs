// After all end-to-end tests: nothing stays behind.
const { rmSync } = require('node:fs');

module.exports = () => {
  rmSync(process.env.NX_VENVSTACKS_E2E, { recursive: true, force: true, maxRetries: 3 });
};
