/**
 * The result of the check, as a table and as JSON. It contains no token, because the engine removes
 * them.
 */
export type Verdict = 'pass' | 'fault' | 'skipped' | 'not applicable';

export interface Line {
  readonly id: string;
  readonly asked: string;
  readonly expected: string;
  readonly got: string;
  readonly verdict: Verdict;
  /** Why the verdict is not `pass`. */
  readonly why?: string;
  readonly section: string;
}

export interface ContractReport {
  readonly url: string;
  readonly lines: readonly Line[];
  readonly notes: readonly string[];
  readonly counts: Readonly<Record<Verdict, number>>;
}

const verdicts: readonly Verdict[] = ['pass', 'fault', 'skipped', 'not applicable'];

export function toReport(
  url: string,
  lines: readonly Line[],
  notes: readonly string[],
): ContractReport {
  const count = (verdict: Verdict) => lines.filter((line) => line.verdict === verdict).length;
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, count(verdict)]));
  return { url, lines, notes, counts: counts as Record<Verdict, number> };
}

const colours: Readonly<Record<Verdict, string>> = {
  pass: '32',
  fault: '1;31',
  skipped: '33',
  'not applicable': '2',
};

function paint(verdict: Verdict, isColoured: boolean): string {
  return isColoured ? `\u001B[${colours[verdict]}m${verdict}\u001B[0m` : verdict;
}

/** The verdict is the last column, so that its colour does not shift another column. */
function renderLines(lines: readonly Line[], isColoured: boolean): readonly string[] {
  const head = ['CHECK', 'ASKED', 'EXPECTED', 'GOT'];
  const rows = lines.map(({ id, asked, expected, got }) => [id, asked, expected, got]);
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)),
  );
  const pad = (row: readonly string[]) =>
    row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  const body = lines.map(
    (line, at) => `${pad(rows[at] ?? [])}  ${paint(line.verdict, isColoured)}`,
  );
  return [`${pad(head)}  VERDICT`, ...body];
}

function renderFaults(faults: readonly Line[]): readonly string[] {
  if (faults.length === 0) return [];
  const width = Math.max(...faults.map(({ id }) => id.length));
  // If the sentence names its section already, the section of the whole check is left out.
  const cite = ({ why = '', section }: Line) =>
    why.includes('(RFC ') ? why : `${why} [${section}]`;
  return ['', 'Faults', ...faults.map((line) => `  ${line.id.padEnd(width)}  ${cite(line)}`)];
}

const longestLine = 110;

/** Wraps the ids into lines of limited length. */
function wrap(ids: readonly string[], indent: string): readonly string[] {
  const lines: string[] = [];
  for (const [at, id] of ids.entries()) {
    const word = at === ids.length - 1 ? id : `${id},`;
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= longestLine) lines.push(indent + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Groups the checks by reason, because one missing thing can prevent many checks. */
function renderNotAsked(title: string, lines: readonly Line[]): readonly string[] {
  if (lines.length === 0) return [];
  const byReason = Map.groupBy(lines, ({ why = '' }) => why);
  const groups = [...byReason].flatMap(([why, ofIt]) => {
    const ids = ofIt.map(({ id }) => id);
    return [`  ${why}`, ...wrap(ids, '    ')];
  });
  return ['', title, ...groups];
}

export function renderReport(
  { url, lines, notes, counts }: ContractReport,
  isColoured: boolean,
): string {
  const having = (verdict: Verdict) => lines.filter((line) => line.verdict === verdict);
  const summary = verdicts.map((verdict) => `${counts[verdict]} ${verdict}`).join(', ');
  return [
    `The 401/403 contract of ${url}`,
    '',
    ...renderLines(lines, isColoured),
    ...renderFaults(having('fault')),
    ...renderNotAsked('Skipped', having('skipped')),
    ...renderNotAsked('Not applicable', having('not applicable')),
    ...(notes.length === 0 ? [] : ['', 'Notes', ...notes.map((note) => `  ${note}`)]),
    '',
    summary,
  ].join('\n');
}
