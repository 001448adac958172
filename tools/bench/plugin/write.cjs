const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** Writes the target's outputs, a line each. */
module.exports = async (_, { root, projectName, targetName, projectsConfigurations }) => {
  const { root: folder, targets } = projectsConfigurations.projects[projectName];
  for (const output of targets[targetName].outputs) {
    const file = join(root, output.replace('{projectRoot}', folder));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${projectName}\n`);
  }
  return { success: true };
};
