/**
 * What is published, used as by somebody who has nothing of this checkout but the packages (what
 * others wrote is linked from here).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from './lay-out.ts';
import { dependenciesOf, pack } from './pack.ts';
import { readPackages } from './packages.ts';
import { root } from './source-files.ts';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';

const run = promisify(execFile);
const packages = readPackages();
const folder = mkdtempSync(path.join(tmpdir(), 'keywright-pack-'));
const built = path.join(folder, 'built');
const app = path.join(folder, 'app');
const launcher = path.join(app, 'node_modules', '@keywright', 'server', 'bin', 'keywright.cjs');
/** No setting of whoever runs the tests is one of the server's. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWRIGHT_')),
);

const running: ChildProcess[] = [];

beforeAll(async () => {
  await pack(built);
  layOut(built, app, ['@types/node']);
}, 120_000);
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string): string {
  const file = path.join(app, name);
  writeFileSync(file, content);
  return file;
}

/** `@keywright/guard/hono`, and the file that it is made of. */
const entryPoints = packages.flatMap(({ manifest, source }) =>
  Object.entries(manifest.exports).map(([entryPoint, file]) => ({
    specifier: path.posix.join(manifest.name, entryPoint),
    file: path.join(source, file),
  })),
);

it('the build does not write into a folder that has content', async () => {
  await expect(pack(path.join(root, 'tools'))).rejects.toThrow('is not empty');
});

it('the build refuses an unknown dependency, and a dependency that is not declared', () => {
  const [one] = readPackages();
  const withDependencies = (dependencies: Readonly<Record<string, string>>) => ({
    manifest: { ...one!.manifest, dependencies },
    travelling: ['inside'],
  });
  const named = ['node:fs', 'pg/lib/defaults.js'];
  const inside = { pg: '1', inside: '1' };
  expect(dependenciesOf(withDependencies(inside), named)).toEqual({ pg: '1' });
  expect(() => dependenciesOf(withDependencies({}), named)).toThrow(
    'names pg, which is not among its dependencies',
  );
  expect(() => dependenciesOf(withDependencies({ ...inside, jose: '1' }), named)).toThrow(
    'has the dependency jose, and names it nowhere',
  );
});

describe('a package as npm publishes it', () => {
  it('contains code, declarations, README and LICENSE, and nothing else', async () => {
    const folders = packages.map(({ folderName }) => path.join(built, folderName));
    // Without a registry: nothing is asked for.
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--offline', ...folders], {
      cwd: folder,
    });
    const answer = JSON.parse(stdout) as Record<string, unknown> | readonly unknown[];
    const sent = Object.values(answer) as readonly {
      name: string;
      files: readonly { path: string }[];
    }[];
    expect(sent.map(({ name }) => name).sort()).toEqual(
      packages.map(({ manifest }) => manifest.name).sort(),
    );
    for (const { name, files } of sent) {
      const names = files.map((file) => file.path);
      expect(names).toEqual(
        expect.arrayContaining([
          'LICENSE',
          'README.md',
          'dist/index.js',
          'package.json',
          'types/index.d.ts',
        ]),
      );
      const known =
        /^(package\.json|README\.md|LICENSE(-[a-z]+)?|bin\/keywright\.cjs|dist\/[\w-]+\.(js|css)|types\/[\w/-]+\.d\.ts)$/;
      expect(names.filter((file) => !known.test(file))).toEqual([]);
      expect(
        names.filter((file) => /\.test\.|testing-parts|sample|frozen\/|flows/.test(file)),
      ).toEqual([]);
      const there = readdirSync(path.join(built, name.replace('@keywright/', '')), {
        recursive: true,
        withFileTypes: true,
      });
      expect(names).toHaveLength(there.filter((entry) => entry.isFile()).length);
    }
  });

  it('contains only Latin-1 characters, which need half of the memory in Node', () => {
    for (const { folderName } of packages)
      for (const file of readdirSync(path.join(built, folderName, 'dist')))
        expect(readFileSync(path.join(built, folderName, 'dist', file), 'utf8')).not.toMatch(
          /[^\0-\u00ff]/,
        );
  });

  it('has no dependency where none is promised', () => {
    for (const folderName of ['guard', 'client', 'wire'])
      expect(
        JSON.parse(readFileSync(path.join(built, folderName, 'package.json'), 'utf8')).dependencies,
      ).toEqual({});
  });
});

describe('from JavaScript', () => {
  it.runIf(isLong)('every entryPoint opens, with the names that its source has', async () => {
    const file = write(
      'entryPoints.js',
      `const names = {};
       for (const entryPoint of ${JSON.stringify(entryPoints.map(({ specifier }) => specifier))}) names[entryPoint] = Object.keys(await import(entryPoint)).sort();
       console.log(JSON.stringify(names));`,
    );
    const { stdout } = await run(process.execPath, [file], { cwd: app });
    const names = JSON.parse(stdout) as Record<string, readonly string[]>;
    for (const { specifier, file: source } of entryPoints)
      expect([specifier, names[specifier]]).toEqual([
        specifier,
        Object.keys(await import(source)).sort(),
      ]);
  });
});

describe('from TypeScript', () => {
  it.runIf(isLong)('the declarations are right, checked strictly and to the last', async () => {
    const imports = entryPoints.map(
      ({ specifier }, index) => `import * as entryPoint${index} from '${specifier}';`,
    );
    write(
      'use.ts',
      `import { createServer } from 'node:http';
       import { createGuard, type Caller } from '@keywright/guard';
       ${imports.join('\n')}
       export const all = [${entryPoints.map((_, index) => `entryPoint${index}`).join(', ')}];
       const guard = createGuard({ issuer: 'https://as.example', audience: 'https://api.example' });
       const nameOf = (caller: Caller): string | undefined => caller.subject;
       createServer(guard.node({ scope: 'read' }, (_request, response, { caller }) => response.end(nameOf(caller))));
       // @ts-expect-error -- an option that there is not
       createGuard({ issuer: 'https://as.example', audience: 'https://api.example', nothing: 1 });`,
    );
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      module: 'nodenext',
      target: 'es2024',
      types: ['node'],
    };
    const file = write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const faults = await run(process.execPath, [compiler, '-p', file]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
    expect(faults).toBe('');
  });
});

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Resolves with the first line of its output. */
async function start(
  node: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(node, args, { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const lines = createInterface({ input: child.stdout });
  const [line = ''] = (await Promise.race([
    once(lines, 'line'),
    once(lines, 'close'),
  ])) as readonly string[];
  return { child, line };
}

const audience = 'https://api.example';

/** A folder without a database yet. */
async function configure(name: string) {
  const port = await findPort();
  const issuer = `http://127.0.0.1:${port}`;
  const document = {
    issuer,
    listen: { host: '127.0.0.1', port },
    database: `${name}.db`,
    sealing_key_file: `${name}.key`,
    log: { file: `${name}.log` },
    apis: [
      { identifier: audience, name: 'API', scopes: [{ name: 'read', description: 'See it' }] },
    ],
    clients: [
      {
        client_id: 'service',
        client_secret: 's'.repeat(43),
        kind: 'service',
        trust: 'first-party',
        client_name: 'Service',
        scope: 'read',
      },
    ],
    // Its password is hashed by a thread.
    accounts: [{ email: 'ada@example.com', name: 'Ada', password: 'long enough to be one' }],
  };
  return { issuer, file: write(`${name}.json`, JSON.stringify(document)) };
}

async function fetchToken(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`service:${'s'.repeat(43)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'read' }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** The executables of Node on this machine whose version is admitted. */
async function findNodes(
  admits: (major: number, minor: number) => boolean,
): Promise<readonly string[]> {
  const beside = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((place) => path.join(place, 'node'));
  const found = new Map<string, string>();
  for (const node of [process.execPath, ...beside.filter((file) => existsSync(file))]) {
    const { stdout } = await run(node, ['--version']);
    const [major = 0, minor = 0] = stdout.slice(1).split('.').map(Number);
    if (admits(major, minor)) found.set(stdout, node);
  }
  return [...found.values()];
}

describe('the installed server and guard work:', () => {
  it('keywright prints its version', async () => {
    const { stdout } = await run(process.execPath, [launcher, '--version'], { env });
    const { version } = JSON.parse(
      readFileSync(path.join(built, 'server', 'package.json'), 'utf8'),
    );
    expect(stdout).toBe(`${version}\n`);
  });

  it('serve makes its database, and the guard verifies its tokens', async () => {
    const { issuer, file } = await configure('alone');
    const { child, line } = await start(process.execPath, [launcher, 'serve', '-c', file]);
    expect(line).toContain(issuer);
    expect(existsSync(path.join(app, 'alone.db'))).toBe(true);
    const token = await fetchToken(issuer);
    const page = await (await fetch(issuer, { headers: { accept: 'text/html' } })).text();
    expect(page).not.toMatch(/\\u[0-9a-f]{4}/);
    const [stylesheet] = /\/assets\/keywright-\w+\.css/.exec(page) ?? [];
    expect(await (await fetch(`${issuer}${stylesheet}`)).text()).toContain('prefers-color-scheme');
    const api = write(
      'api.js',
      `import { createServer } from 'node:http';
       import { createGuard } from '@keywright/guard';
       const guard = createGuard({ issuer: '${issuer}', audience: '${audience}' });
       const hello = guard.node({ scope: 'read' }, (_request, response, { caller }) => response.end(caller.clientId));
       const server = createServer(hello).listen(0, '127.0.0.1', () => console.log(server.address().port));`,
    );
    for (const node of await findNodes(
      (major, minor) => major > 22 || (major === 22 && minor >= 14),
    )) {
      const { line: port } = await start(node, [api]);
      const address = `http://127.0.0.1:${port}`;
      expect((await fetch(address)).status).toBe(401);
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      expect([answer.status, await answer.text()]).toEqual([200, 'service']);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('@keywright/testing does what its README shows', async () => {
    const readme = readFileSync(path.join(built, 'testing', 'README.md'), 'utf8');
    const shown = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
    expect(shown).toHaveLength(2);
    const said: string[] = [];
    for (const [index, code] of shown.entries()) {
      const { stdout } = await run(process.execPath, [write(`shown-${index}.mjs`, code)], { env });
      said.push(stdout);
    }
    expect(said).toEqual(['', '200\n401\n']);
  });

  it('on an old Node, @keywright/testing names the version that it needs', async () => {
    const file = write('old.mjs', `await import('@keywright/testing');`);
    for (const node of await findNodes((major) => major < 24))
      await expect(run(node, [file])).rejects.toThrow('needs Node 24.11 or newer');
  });

  it.runIf(isLong)('serves with workers', async () => {
    const { issuer, file } = await configure('workers');
    const { child, line } = await start(process.execPath, [
      launcher,
      'serve',
      '-c',
      file,
      '--workers',
      '2',
    ]);
    expect(line).toContain('by 2 workers');
    expect(await fetchToken(issuer)).toMatch(/^ey/);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
