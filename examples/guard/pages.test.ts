/**
 * The how-to of each adapter: its code is the example's, what else it shows compiles, and its links
 * lead somewhere.
 */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertProtected, startExample, startIssuer } from './testing-parts/stage.ts';

const run = promisify(execFile);
const folder = import.meta.dirname;
const root = path.resolve(folder, '../..');
const pages = ['node-http', 'fetch', 'hono', 'express', 'fastify', 'koa', 'nest', 'mcp'] as const;

const pageFile = (name: string) => path.join(root, 'docs/guides/protect', `${name}.md`);
const exampleOf = (name: string) => readFileSync(path.join(folder, `${name}.ts`), 'utf8');

function codeOf(name: string): readonly string[] {
  return [...readFileSync(pageFile(name), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code = '']) => code,
  );
}

/** What a fragment takes for granted, beside the example of its page. */
const granted: Partial<Record<(typeof pages)[number], string>> = {
  fetch: `declare const Deno: { serve(serve: (request: Request, info: { remoteAddr: { hostname: string } }) => unknown): void };
declare const Bun: { serve(options: { fetch(request: Request, server: { requestIP(request: Request): { address: string } | null }): unknown }): void };`,
  mcp: `import express from 'express';
declare const app: express.Express;
declare const transport: StreamableHTTPServerTransport;
declare const server: McpServer;`,
};

let workshop: string;

beforeAll(() => {
  workshop = mkdtempSync(path.join(tmpdir(), 'keywright-pages-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(workshop, 'node_modules'), 'junction');
  copyFileSync(path.join(folder, 'buildings.ts'), path.join(workshop, 'buildings.ts'));
  writeFileSync(path.join(workshop, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

describe('each how-to page of the guard:', () => {
  it.each(pages.filter((name) => name !== 'nest'))('%s shows the example unchanged', (name) => {
    expect(codeOf(name)[0]).toBe(exampleOf(name));
  });

  it('the page of NestJS shows the example with decorators, which does the same', async () => {
    const [code = ''] = codeOf('nest');
    writeFileSync(path.join(workshop, 'nest.ts'), code);
    const file = path.join(workshop, 'nest.mjs');
    await build({
      input: path.join(workshop, 'nest.ts'),
      platform: 'node',
      // Packages stay where they are, but for the compiler's own.
      external: /^(?!@oxc-project)[@a-z]/,
      transform: { decorator: { legacy: true, emitDecoratorMetadata: true } },
      output: { file },
    });
    const issuer = await startIssuer();
    try {
      await assertProtected(await startExample(file, issuer), issuer);
    } finally {
      issuer.close();
    }
    const before = (text: string) =>
      text.slice(0, text.search(/^(?:@Controller|class BuildingsController)/m));
    expect(before(code)).toBe(before(exampleOf('nest')));
  });

  it('the page of each adapter shows only code that compiles', async () => {
    for (const name of pages) {
      const [example = '', ...fragments] = codeOf(name);
      if (name === 'nest') writeFileSync(path.join(workshop, 'nest.ts'), example);
      for (const [index, fragment] of fragments.entries()) {
        const file = path.join(workshop, `${name}-${index}.ts`);
        writeFileSync(file, [example, granted[name] ?? '', fragment].join('\n'));
      }
    }
    const { compilerOptions } = JSON.parse(
      readFileSync(path.join(root, 'tsconfig.json'), 'utf8'),
    ) as {
      compilerOptions: object;
    };
    const own = {
      noUnusedLocals: false,
      erasableSyntaxOnly: false,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    };
    const tsconfig = { compilerOptions: { ...compilerOptions, ...own }, include: ['*.ts'] };
    writeFileSync(path.join(workshop, 'tsconfig.json'), JSON.stringify(tsconfig));
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    const said = await run(process.execPath, [compiler, '-p', workshop], { cwd: workshop }).catch(
      (error: unknown) => error,
    );
    expect((said as { stdout: string }).stdout).toBe('');
  });

  it.each(pages)('%s has only links to files that exist', (name) => {
    const links = [...readFileSync(pageFile(name), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(
      ([, link = '']) => link,
    );
    expect(links.length).toBeGreaterThan(0);
    const files = links.filter((link) => !link.startsWith('https:'));
    expect(
      files.filter((file) => !existsSync(path.resolve(path.dirname(pageFile(name)), file))),
    ).toEqual([]);
  });
});
