/**
 * Comments and prose end by column 100. The formatter checks this for code, but not for comments
 * and long strings. Not checked: generated pages, tables, HTML and code in Markdown, and lines that
 * cannot be broken.
 */
import { readSources, report, type SourceFile } from './source-files.ts';

const width = 100;
const generated =
  /^(docs\/reference\/|docs\/requirements\.md|docs\/reliability\.md|bench\/README\.md|docs\/errors\.md|docs\/401-or-403\.md)/;

export function checkColumns({ path, text }: SourceFile): readonly string[] {
  const isLong = path.endsWith('.md') ? isLongProse() : isLongComment;
  return text
    .split('\n')
    .flatMap((line, index) =>
      isLong(line) && Array.from(line).length > width && canBreak(line)
        ? [`${path}:${index + 1}: ends at column ${Array.from(line).length}`]
        : [],
    );
}

/**
 * A line can be broken if it has a space before the column, after the mark of a comment, list or
 * quote.
 */
function canBreak(line: string): boolean {
  const text = line.replace(/^[\s/*>#-]*/, '');
  const start = line.length - text.length;
  const space = text.indexOf(' ');
  return space >= 0 && start + space <= width;
}

function isLongComment(line: string): boolean {
  return /^\s*(\/\/|\/\*|\* )/.test(line) && !/\b(biome-ignore|oxlint-disable|@ts-)/.test(line);
}

function isLongProse(): (line: string) => boolean {
  let isCode = false;
  return (line) => {
    if (/^\s*```/.test(line)) isCode = !isCode;
    return !isCode && !/^(\s*[|<]| {4})/.test(line);
  };
}

if (import.meta.main) {
  const files = readSources((name) => /\.(ts|cjs|md)$/.test(name) && !generated.test(name));
  report(files.flatMap(checkColumns), 'Comments and prose end by column 100.');
}
