import { satisfiesSpecifier, isSpecifier } from './specifier';
import { normalizeName } from './name';
import { Scanner } from './scanner';

/** What a marker is evaluated against: the variables of PEP 508 with their values. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

type Operand = { readonly variable: string } | { readonly value: string };

interface Comparison {
  readonly left: Operand;
  readonly operator: string;
  readonly right: Operand;
}

/** `and` binds more strongly than `or`; the list is flat, as written, and a nested list stands for parentheses. */
type Expression = readonly (Comparison | Expression | 'and' | 'or')[];

/** A parsed environment marker (PEP 508). */
export interface Marker {
  readonly expression: Expression;
}

const VARIABLE =
  /\b(python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\b/y;
const SET_VARIABLES = new Set(['extras', 'dependency_groups']);
const VERSION_VARIABLES = new Set([
  'implementation_version',
  'platform_release',
  'python_full_version',
  'python_version',
]);

/**
 * Parses an environment marker, as `packaging.markers.Marker` does.
 *
 * @throws {Pep508SyntaxError} for anything else
 */
export function parseMarker(text: string): Marker {
  const scanner = new Scanner(text);
  const marker = scanMarker(scanner);
  if (!scanner.atEnd()) scanner.fail('expected the end of the marker');
  return marker;
}

/** Reads a marker that is followed by something else, or by the end. */
export function scanMarker(scanner: Scanner): Marker {
  return { expression: scanExpression(scanner) };
}

/** Deeper than any marker, and far from what the stack of calls could hold. */
const DEEPEST = 100;

function scanExpression(scanner: Scanner, depth = 0): Expression {
  if (depth > DEEPEST) scanner.fail('expected fewer parentheses within parentheses');
  const parts: (Expression[number] | Expression)[] = [scanAtom(scanner, depth)];
  for (;;) {
    const word = scanner.take(/\b(?:or|and)\b/y);
    if (word !== 'and' && word !== 'or') return parts;
    parts.push(word, scanAtom(scanner, depth));
  }
}

function scanAtom(scanner: Scanner, depth: number): Comparison | Expression {
  scanner.skipSpace();
  let atom: Comparison | Expression;
  if (scanner.take(/\(/y)) {
    atom = scanExpression(scanner, depth + 1);
    scanner.expect(/\)/y, "')' after the marker");
  } else {
    atom = scanComparison(scanner);
  }
  scanner.skipSpace();
  return atom;
}

function scanComparison(scanner: Scanner): Comparison {
  let left = scanOperand(scanner);
  scanner.skipSpace();
  const operator = scanOperator(scanner);
  scanner.skipSpace();
  let right = scanOperand(scanner);
  if ('variable' in left && left.variable === 'extra') right = withNormalizedName(right);
  else if ('variable' in right && (right.variable === 'extra' || SET_VARIABLES.has(right.variable)))
    left = withNormalizedName(left);
  return { left, operator, right };
}

function withNormalizedName(operand: Operand): Operand {
  return 'value' in operand ? { value: normalizeName(operand.value) } : operand;
}

function scanOperand(scanner: Scanner): Operand {
  const variable = scanner.take(VARIABLE)?.replace('.', '_');
  if (variable !== undefined) {
    return { variable: variable === 'python_implementation' ? 'platform_python_implementation' : variable };
  }
  // Python would take a backslash as an escape, and no line break; no marker has either.
  const quoted = scanner.expect(/'[^'\\\r\n]*'|"[^"\\\r\n]*"/y, 'a marker variable or quoted string');
  return { value: quoted.slice(1, -1) };
}

function scanOperator(scanner: Scanner): string {
  if (scanner.take(/\bin\b/y)) return 'in';
  if (scanner.take(/\bnot\b/y)) {
    scanner.expect(/[ \t]+/y, "a space after 'not'");
    scanner.expect(/\bin\b/y, "'in' after 'not'");
    return 'not in';
  }
  return scanner.expect(/===|==|~=|!=|<=|>=|<|>/y, 'a comparison: <=, <, !=, ==, >=, >, ~=, ===, in or not in');
}

/** The marker's text as `packaging` prints it, with double quotes. */
export function formatMarker(marker: Marker): string {
  return formatExpression(marker.expression, true);
}

/** The marker's text as venvstacks and uv write it into locks, with single quotes. */
export function formatLockMarker(marker: Marker): string {
  return formatMarker(marker).replaceAll('"', "'");
}

function formatExpression(expression: Expression, outermost: boolean): string {
  const [only] = expression;
  if (expression.length === 1 && only !== undefined && typeof only !== 'string') {
    return isExpression(only) ? formatExpression(only, outermost) : formatComparison(only);
  }
  const text = expression
    .map((part) =>
      typeof part === 'string' ? part : isExpression(part) ? formatExpression(part, false) : formatComparison(part),
    )
    .join(' ');
  return outermost ? text : `(${text})`;
}

function formatComparison({ left, operator, right }: Comparison): string {
  return `${formatOperand(left)} ${operator} ${formatOperand(right)}`;
}

function formatOperand(operand: Operand): string {
  if ('variable' in operand) return operand.variable;
  return operand.value.includes('"') ? `'${operand.value}'` : `"${operand.value}"`;
}

function isExpression(part: Comparison | Expression): part is Expression {
  return Array.isArray(part);
}

/**
 * Whether a marker holds in an environment, as `packaging` 26 evaluates it. A variable that the environment lacks
 * counts as empty.
 */
export function evaluateMarker(marker: Marker, environment: MarkerEnvironment): boolean {
  return evaluateExpression(marker.expression, environment);
}

function evaluateExpression(expression: Expression, environment: MarkerEnvironment): boolean {
  let anyGroup = false;
  let group = true;
  for (const part of expression) {
    if (part === 'and') continue;
    if (part === 'or') {
      anyGroup ||= group;
      group = true;
    } else {
      const holds = isExpression(part) ? evaluateExpression(part, environment) : compare(part, environment);
      group &&= holds;
    }
  }
  return anyGroup || group;
}

function compare({ left, operator, right }: Comparison, environment: MarkerEnvironment): boolean {
  const variable = 'variable' in left ? left.variable : 'variable' in right ? right.variable : '';
  const leftText = 'variable' in left ? (environment[left.variable] ?? '') : left.value;
  // Two variables: packaging compares the left one with the right one's name.
  const rightText =
    'variable' in right ? ('variable' in left ? right.variable : (environment[right.variable] ?? '')) : right.value;
  if (VERSION_VARIABLES.has(variable) && isSpecifier(operator + rightText)) {
    return satisfiesSpecifier(leftText, operator + rightText);
  }
  switch (operator) {
    case 'in':
      return SET_VARIABLES.has(variable) ? rightText.split(',').includes(leftText) : rightText.includes(leftText);
    case 'not in':
      return SET_VARIABLES.has(variable) ? !rightText.split(',').includes(leftText) : !rightText.includes(leftText);
    case '==':
    case '<=':
    case '>=':
      return leftText === rightText;
    case '!=':
      return leftText !== rightText;
    default:
      return false;
  }
}
