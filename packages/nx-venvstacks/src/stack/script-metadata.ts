import { parse, TomlError } from 'smol-toml';
import { parseRequirement, Pep508SyntaxError, type Requirement } from './pep508';
import { isTable, nameOf } from './schema';

/** What a Python file says of itself in its `# /// script` block (PEP 723). */
export interface ScriptMetadata {
  readonly dependencies: readonly Requirement[];
  readonly requiresPython: string | undefined;
}

/**
 * Reads a Python file's inline script metadata. Undefined for a file without.
 *
 * @throws {ScriptMetadataError} for a block that cannot be used
 */
export function readScriptMetadata(source: string): ScriptMetadata | undefined {
  if (!source.includes('# /// script')) return undefined;
  const blocks = findBlocks(source).filter(({ type }) => type === 'script');
  if (blocks.length > 1) throw new ScriptMetadataError("two '# /// script' blocks; a file may have one");
  const [block] = blocks;
  if (!block) return undefined;

  const table = parseBlock(block.lines);
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

/**
 * The blocks that the regular expression of PEP 723 finds. Of a run of comments a block has all up to the last line that
 * could be its end. That expression would look through the whole run for each line that could be a beginning.
 */
function findBlocks(source: string): { readonly type: string; readonly lines: readonly string[] }[] {
  const lines = source
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split('\n');
  // For each line of a run the last one in it that could end a block.
  const ends = new Map<number, number>();
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? '';
    const end = ends.get(index + 1) ?? (line === '# ///' ? index : undefined);
    if (end !== undefined && /^#(?: |$)/.test(line)) ends.set(index, end);
  }
  const blocks: { type: string; lines: string[] }[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, type] = /^# \/\/\/ ([a-zA-Z0-9-]+)$/.exec(lines[index] ?? '') ?? [];
    const end = ends.get(index + 1);
    if (type === undefined || end === undefined || end < index + 2) continue;
    blocks.push({ type, lines: lines.slice(index + 1, end) });
    index = end;
  }
  return blocks;
}

function parseBlock(lines: readonly string[]): Record<string, unknown> {
  const toml = lines.map((line) => `${line.startsWith('# ') ? line.slice(2) : line.slice(1)}\n`).join('');
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
