import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadContractConfiguration } from './configuration.ts';
import { checkIds } from './engine.ts';
import { contractSchema } from './schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-contract-'));
afterAll(() => rmSync(folder, { recursive: true }));

const url = 'https://api.example/buildings/1';

function load(
  document: unknown,
  {
    env = {},
    flag,
    name = 'contract.json',
  }: { env?: Record<string, string>; flag?: string; name?: string } = {},
) {
  const file = path.join(folder, name);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return loadContractConfiguration({ file, url: flag, env, checks: checkIds });
}

/** Every problem, as `path message`. */
async function problemsOf(document: unknown, env = {}): Promise<readonly string[]> {
  const error = await load(document, { env }).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('it was taken');
  return error.problems.map((problem) => `${problem.path} ${problem.message}`);
}

describe('the configuration of the contract check', () => {
  it('may be only an address on the command line, without a file', async () => {
    const settings = await loadContractConfiguration({ url, env: {}, checks: checkIds });
    expect(settings).toMatchObject({
      url,
      method: 'GET',
      tokens: {},
      limits: { timeout_seconds: 10 },
    });
  });

  it('is JSON or YAML, with secrets from the environment, and the address of the command line overrides it', async () => {
    const yaml = [
      'url: https://old.example',
      'tokens:',
      '  valid: ${TOKEN}',
      'forbidden:',
      '  url: https://api.example/2',
    ].join('\n');
    const settings = await load(yaml, { env: { TOKEN: 'abc' }, flag: url, name: 'contract.yaml' });
    expect(settings).toMatchObject({ url, tokens: { valid: 'abc' }, forbidden: { hidden: false } });
  });

  it('reports an environment variable without a value once', async () => {
    expect(await problemsOf({ url, tokens: { valid: '${TOKEN}' } })).toEqual([
      'tokens.valid needs the environment variable TOKEN, which is not set',
    ]);
  });

  it('refuses an unknown key at any depth, and suggests the similar one', async () => {
    expect(
      await problemsOf({ url, tokens: { valied: 'x' }, querytoken: true, limits: { timeout: 1 } }),
    ).toEqual([
      'tokens.valied is not a setting; did you mean valid?',
      expect.stringContaining('limits.timeout is not a setting; known are timeout_seconds'),
      'querytoken is not a setting; did you mean query_token?',
    ]);
  });

  it.each([
    [{}, 'url is missing: give it in the file or on the command line'],
    [{ url: 'api.example' }, 'url must be an http or https address'],
    [{ url: 'ftp://api.example/' }, 'url must be an http or https address'],
    [{ url: 'https://me:pw@api.example/' }, 'url must not contain a user name or a password'],
    [{ url: `${url}#x` }, 'url must have no fragment, because a fragment is never sent'],
    [
      { url, missing_url: 'https://elsewhere.example/' },
      'missing_url must have the scheme, host and port of url, because the token is sent there',
    ],
    [
      { url, forbidden: { url: 'http://api.example/2' } },
      'forbidden.url must have the scheme, host and port of url, because the token is sent there',
    ],
    [{ url, forbidden: {} }, 'forbidden needs either url or token, not both'],
    [{ url, forbidden: { url, token: 'x' } }, 'forbidden needs either url or token, not both'],
    [
      { url, tokens: { lesser_scope: 'x' } },
      'scope must contain the scope that the address needs. Without it, the check cannot know whether a scope is too small',
    ],
    [
      { url, authorization_server: { issuer: 'x' } },
      'authorization_server.issuer must be an http or https address',
    ],
    [
      { url, authorization_server: { issuer: url, client_id: 'x' } },
      'authorization_server.client_id needs client_secret as well: give both',
    ],
    [
      { url, authorization_server: { client_id: 'x', client_secret: 'y' } },
      'authorization_server.issuer is missing, and so is token_endpoint: give one of them',
    ],
    [
      { url, headers: { Authorization: 'x' } },
      'headers.Authorization is set by the checks themselves',
    ],
    [{ url, headers: { 'a b': 'x' } }, 'headers.a b is not a valid header name'],
    [{ url, headers: { a: 'x\r\ny: z' } }, 'headers.a must be printable ASCII'],
    [{ url, method: 'get it' }, 'method must be a method in capitals: GET'],
    [{ url, skip: ['alg_nome'] }, 'skip[0] is not the name of a check; did you mean alg_none?'],
    [{ url, limits: { timeout_seconds: 1000 } }, 'limits.timeout_seconds must be at most 120'],
  ])('%j is refused at its place', async (document, problem) => {
    expect(await problemsOf(document)).toEqual([problem]);
  });

  it('that is no object, or cannot be read, is refused without its content', async () => {
    expect(await problemsOf('["s3cret"]')).toEqual([
      expect.stringMatching(/must contain an object$/),
    ]);
    expect((await problemsOf('{"valid": s3cret')).join()).not.toContain('s3cret');
    const missing = loadContractConfiguration({
      file: path.join(folder, 'none.json'),
      env: {},
      checks: checkIds,
    });
    await expect(missing).rejects.toThrow('cannot be read (ENOENT)');
  });
});

describe('the page of all settings in the contract guide', () => {
  const guide = path.resolve(import.meta.dirname, '../../../../docs/guides/contract.md');
  const page =
    readFileSync(guide, 'utf8').match(/## All settings[\s\S]*?```yaml\n([\s\S]*?)```/)?.[1] ?? '';

  it('is accepted as a configuration', async () => {
    const names = [...page.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'x'] as const);
    const settings = await load(page, { env: Object.fromEntries(names), name: 'all.yaml' });
    expect(settings).toMatchObject({
      url: 'https://api.example.com/buildings/1',
      skip: ['two_headers'],
    });
  });

  it('names every setting', () => {
    const { properties } = z.toJSONSchema(contractSchema, { io: 'input' }) as Schema;
    for (const name of namesOf(properties))
      expect(page).toMatch(new RegExp(`^ *(?:# )?${name}:`, 'm'));
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function namesOf(properties: Schema['properties'] = {}): readonly string[] {
  return Object.entries(properties).flatMap(([name, inner]) => [
    name,
    ...namesOf(inner.properties),
  ]);
}
