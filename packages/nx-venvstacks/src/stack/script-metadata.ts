import { parse, TomlError } from 'smol-toml';
import { parseRequirement, Pep508SyntaxError, type Requirement } from './pep508';
import { isTable, nameOf } from './schema';

/** What a Python file says of itself in its `# /// script` block (PEP 723). */
export interface ScriptMetadata {
  readonly dependencies: readonly Requirement[];
  readonly requiresPython: string | undefined;
}

/** The regular expression of PEP 723. */
const BLOCK = /^# \/\/\/ (?<type>[a-zA-Z0-9-]+)$\s(?<content>(?:^#(?:| .*)$\s)+)^# \/\/\/$/gm;

/**
 * Reads a Python file's inline script metadata. Undefined for a file without.
 *
 * @throws {ScriptMetadataError} for a block that cannot be used
 */
export function readScriptMetadata(source: string): ScriptMetadata | undefined {
  if (!source.includes('# /// script')) return undefined;
  const blocks = [
    ...source
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
      .matchAll(BLOCK),
  ].filter(({ groups }) => groups?.type === 'script');
  if (blocks.length > 1) throw new ScriptMetadataError("two '# /// script' blocks; a file may have one");
  const content = blocks[0]?.groups?.content;
  if (content === undefined) return undefined;

  const table = parseBlock(content);
  if (isTable(table.tool) && table.tool.uv !== undefined) {
    throw new ScriptMetadataError(
      "the '# /// script' block has a [tool.uv]; the stack's uv configuration applies to all of its layers",
    );
  }
  const requiresPython = table['requires-python'];
  if (requiresPython !== undefined && typeof requiresPython !== 'string') {
    throw new ScriptMetadataError(
      `requires-python in the '# /// script' block must be a string, not ${nameOf(requiresPython)}`,
    );
  }
  return { dependencies: parseDependencies(table.dependencies ?? []), requiresPython };
}

/** Inline script metadata that cannot be used; the message says why. */
export class ScriptMetadataError extends Error {}

function parseBlock(content: string): Record<string, unknown> {
  const toml = content
    .split('\n')
    .map((line) => (line.startsWith('# ') ? line.slice(2) : line.slice(1)))
    .join('\n');
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [message = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new ScriptMetadataError(`the '# /// script' block is no TOML: ${message}`);
  }
}

function parseDependencies(value: unknown): Requirement[] {
  if (!Array.isArray(value)) {
    throw new ScriptMetadataError(
      `dependencies in the '# /// script' block must be an array of strings, not ${nameOf(value)}`,
    );
  }
  return value.map((text: unknown) => {
    if (typeof text !== 'string') {
      throw new ScriptMetadataError(`dependencies in the '# /// script' block must be strings, not ${nameOf(text)}`);
    }
    try {
      return parseRequirement(text);
    } catch (error) {
      if (!(error instanceof Pep508SyntaxError)) throw error;
      throw new ScriptMetadataError(
        `invalid requirement syntax in the '# /// script' block: ${text}: ${error.message}`,
      );
    }
  });
}
