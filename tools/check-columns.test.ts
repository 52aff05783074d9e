import { expect, test } from 'vitest';
import { checkColumns } from './check-columns.ts';

const long = 'word '.repeat(22).trim();

const faultsOf = (path: string, text: string) => checkColumns({ path, text });

test.each([
  ['a comment of one line', 'a.ts', `// ${long}`],
  ['a line of a docstring', 'a.ts', `/**\n * ${long}\n */`],
  ['prose', 'a.md', long],
  ['a list in prose', 'a.md', `- ${long}`],
  ['prose after code', 'a.md', `\`\`\`\n${long}\n\`\`\`\n${long}`],
])('%s past column 100 is a fault', (_, path, text) => {
  expect(faultsOf(path, text)).toHaveLength(1);
});

test.each([
  ['code, which the formatter breaks', 'a.ts', `const a = '${long}';`],
  ['code in prose', 'a.md', `\`\`\`\n${long}\n\`\`\``],
  ['a table', 'a.md', `| ${long} |`],
  ['an address', 'a.md', `- <https://example.com/${'a'.repeat(100)}>`],
  ['a comment that ends at column 100', 'a.ts', `// ${long.slice(0, 97)}`],
])('%s is not a fault', (_, path, text) => {
  expect(faultsOf(path, text)).toEqual([]);
});
