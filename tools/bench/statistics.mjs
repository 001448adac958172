// What many runs of the same come to, and how it is shown.

/** The middle one; of an even number the mean of the two in the middle. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures several things in turn, so that whatever else the machine does meets all of them alike.
 *
 * @param subjects name → what gives a measured number, perhaps a promise of one
 * @returns name → its numbers, without those of a first round, which only warms up
 */
export async function interleave(runs, subjects) {
  const found = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round <= runs; round++) {
    for (const [name, measure] of Object.entries(subjects)) {
      const number = await measure(round);
      if (round > 0) found[name].push(number);
    }
  }
  return found;
}

/**
 * A line of the results.
 *
 * @param subject what was measured: `case`, `layers`, `daemon` (a word), `runs` (numbers), `unit`
 * @param reference what it is compared to: `name` and `runs`; none for a figure that stands for itself
 * @param goal `kind` (`ratio`, `more` or `most`), `limit`; none where the figure is only told
 */
export function resultOf({ runs, ...subject }, reference, goal) {
  const value = median(runs);
  const base = reference && median(reference.runs);
  const figure =
    base === undefined || goal?.kind === 'most' ? value : goal?.kind === 'more' ? value - base : value / base;
  return {
    ...subject,
    runs,
    median: value,
    ...(reference && { comparedTo: reference.name, comparedRuns: reference.runs, comparedMedian: base }),
    ...(reference && { kind: goal?.kind ?? 'ratio', figure }),
    ...(goal && { goal: goal.limit, met: figure <= goal.limit }),
  };
}

const COLUMNS = ['case', 'layers', 'daemon', 'median', 'compared to', 'median', 'figure', 'goal'];

/** The results as a table of Markdown. */
export function tableOf(results) {
  const rows = results.map((result) => [
    result.case,
    result.layers,
    result.daemon,
    show(result.median, result.unit),
    result.comparedTo ?? '',
    result.comparedMedian === undefined ? '' : show(result.comparedMedian, result.unit),
    result.figure === undefined ? '' : showFigure(result.figure, result),
    result.goal === undefined ? '' : `${result.met ? 'met' : '**missed**'}: ≤ ${showFigure(result.goal, result)}`,
  ]);
  const cells = [COLUMNS, ...rows].map((row) => row.map(String));
  const widths = COLUMNS.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row, fill = ' ') => `| ${row.map((cell, n) => cell.padEnd(widths[n], fill)).join(' | ')} |`;
  const [head, ...body] = cells;
  const dashes = COLUMNS.map(() => '');
  return [line(head), line(dashes, '-'), ...body.map((row) => line(row))].join('\n');
}

function show(value, unit) {
  return unit === 'MB' ? `${value.toFixed(1)} MB` : `${value.toFixed(value < 1 ? 3 : 2)} s`;
}

function showFigure(figure, { kind, unit }) {
  if (kind === 'ratio') return `${figure.toFixed(2)} ×`;
  return `${kind === 'more' ? '+' : ''}${show(figure, unit)}`;
}
