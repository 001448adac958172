// Claims the same layer again and again, each time for a moment, and fails if somebody else has it at the same time:
//
//   node claim-often.cjs <folder of the plugin> <folder for claims> <how often>
const { closeSync, openSync, unlinkSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const [plugin, claimFolder, times] = process.argv.slice(2);
const { withClaim } = require(join(plugin, 'dist/lock/claim'));
const guard = `${claimFolder}-guard`;

async function main() {
  for (let turn = 0; turn < Number(times); turn++) {
    await withClaim({ envName: 'layer', lockFolder: claimFolder }, { claimFolder, say() {} }, async () => {
      closeSync(openSync(guard, 'wx'));
      await sleep(Math.random() * 3);
      unlinkSync(guard);
    });
  }
}

void main();
