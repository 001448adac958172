// Text as Prettier has it in this repository, for files that tools write.
const { writeFileSync } = require('node:fs');

/** @param {string} file absolute path, which tells the language and the configuration */
async function format(file, text) {
  // Prettier loads modules in a way that Jest, which loads the tools, has no room for.
  const prettier = require('prettier');
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/** Writes a file, formatted. */
async function writeFormatted(file, text) {
  writeFileSync(file, await format(file, text));
}

module.exports = { format, writeFormatted };
