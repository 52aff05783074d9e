/** The parts of a docstring: what it says, what is thrown, and examples. */

export interface Docstring {
  /** In paragraphs. */
  readonly prose: readonly string[];
  readonly throws: readonly string[];
  /** TypeScript, without its fence. */
  readonly examples: readonly string[];
}

const tag = /^@(\w+)\s*/;

/** @throws Error for a tag that is not known */
export function parseDocstring(text: string): Docstring {
  const parts = text.split(/^(?=@\w)/m);
  const of = (wanted: string) =>
    parts
      .filter((part) => tag.exec(part)?.[1] === wanted)
      .map((part) => part.replace(tag, '').trim());
  const strange = parts.find(
    (part) => !['throws', 'example', undefined].includes(tag.exec(part)?.[1]),
  );
  if (strange !== undefined) throw new Error(`No such tag: ${strange}`);
  return {
    prose: parts.filter((part) => !tag.test(part)).flatMap(paragraphsOf),
    throws: of('throws').map(joined),
    examples: of('example').map((part) => /^```ts\n(.*)\n```$/s.exec(part)?.[1] ?? refuse(part)),
  };
}

function refuse(part: string): never {
  throw new Error(`An example is one block of TypeScript: ${part}`);
}

function paragraphsOf(text: string): readonly string[] {
  return text
    .split(/\n{2,}/)
    .map(joined)
    .filter((one) => one !== '');
}

function joined(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
