/**
 * The exported names of a package, with their docstrings and declarations. The source is parsed
 * with the parser of rolldown, which builds the packages. typedoc 0.28 supports TypeScript up to 6,
 * and TypeScript 7.0 has no API that it could use. api-extractor needs a second compiler, and
 * writes one page for each name.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'rolldown/utils';
import { type Package, readPackages } from './packages.ts';
import { lineOf, root } from './source-files.ts';

export interface PublicName {
  readonly name: string;
  /** From the root, with the line: `packages/guard/src/guard.ts:30`. */
  readonly place: string;
  /** Without the marks of the comment; undefined where there is none. */
  readonly doc: string | undefined;
  /** Without bodies. */
  readonly declaration: string;
}

type Program = ReturnType<typeof parseSync>['program'];
type Exporting = Extract<Program['body'][number], { type: 'ExportNamedDeclaration' }>;
type Declaration = NonNullable<Exporting['declaration']>;

interface Source {
  readonly file: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: ReturnType<typeof parseSync>['comments'];
}

/** An entry point, such as `@keywright/guard/hono`, with its file. */
export interface EntryPoint {
  readonly specifier: string;
  readonly file: string;
}

export function entryPointsOf({ manifest, source }: Package): readonly EntryPoint[] {
  return Object.entries(manifest.exports).map(([entryPoint, file]) => ({
    specifier: path.posix.join(manifest.name, entryPoint),
    file: path.join(source, file),
  }));
}

const entryPoints = new Map(
  readPackages().flatMap((one) =>
    entryPointsOf(one).map((entryPoint) => [entryPoint.specifier, entryPoint.file]),
  ),
);
const known = new Map<string, ReadonlyMap<string, PublicName>>();

/**
 * The exported names of a file, with re-exported ones. @throws Error for an export that cannot be
 * followed
 */
export function publicNames(file: string): ReadonlyMap<string, PublicName> {
  const found = known.get(file) ?? readNames(file);
  known.set(file, found);
  return found;
}

function readNames(file: string): ReadonlyMap<string, PublicName> {
  const text = readFileSync(file, 'utf8');
  const { program, comments } = parseSync(file, text);
  const source = { file, text, program, comments };
  return new Map(
    program.body.flatMap((statement): (readonly [string, PublicName])[] => {
      if (statement.type === 'ExportAllDeclaration')
        return [...publicNames(resolve(file, statement.source.value))];
      if (statement.type !== 'ExportNamedDeclaration') return [];
      return statement.declaration === null
        ? passedOn(file, statement)
        : namesIn(statement.declaration).map((name) => [name, describe(source, statement, name)]);
    }),
  );
}

function passedOn(
  file: string,
  { source, specifiers }: Exporting,
): (readonly [string, PublicName])[] {
  return specifiers.map(({ local, exported }) => {
    const [from, name] = [local, exported].map((one) => ('name' in one ? one.name : one.value)) as [
      string,
      string,
    ];
    const found = source === null ? undefined : publicNames(resolve(file, source.value)).get(from);
    if (found === undefined) throw new Error(`${file}: the export ${name} cannot be followed.`);
    return [name, { ...found, name }];
  });
}

function resolve(from: string, specifier: string): string {
  const file = specifier.startsWith('.')
    ? path.join(path.dirname(from), specifier)
    : entryPoints.get(specifier);
  if (file === undefined) throw new Error(`${from}: ${specifier} is no package of ours.`);
  return file;
}

function namesIn(declaration: Declaration): readonly string[] {
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }) => ('name' in id ? [id.name] : []));
  return 'id' in declaration && declaration.id !== null && 'name' in declaration.id
    ? [declaration.id.name]
    : [];
}

function describe(source: Source, statement: Exporting, name: string): PublicName {
  const { file, text, comments } = source;
  const before = comments.findLast(
    ({ end }) => end <= statement.start && text.slice(end, statement.start).trim() === '',
  );
  const isDoc = before?.type === 'Block' && before.value.startsWith('*');
  return {
    name,
    place: `${path.relative(root, file).replaceAll(path.sep, '/')}:${lineOf(text, statement.start)}`,
    doc: isDoc ? plain(before.value) : undefined,
    declaration: withoutBodies(text, statement.declaration as Declaration),
  };
}

function plain(comment: string): string {
  const lines = comment.slice(1).split('\n');
  return lines
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

function withoutBodies(text: string, declaration: Declaration): string {
  if (declaration.type === 'FunctionDeclaration' && declaration.body !== null)
    return `${text
      .slice(declaration.start, declaration.body.start)
      .replace(/^async /, '')
      .trimEnd()};`;
  if (declaration.type !== 'ClassDeclaration')
    return text.slice(declaration.start, declaration.end);
  let [rest, from] = ['', declaration.start];
  for (const member of declaration.body.body) {
    const body = member.type === 'MethodDefinition' ? member.value.body : null;
    if (body === null) continue;
    rest += `${text.slice(from, body.start).trimEnd()};`;
    from = body.end;
  }
  return rest + text.slice(from, declaration.end);
}
