import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, test } from 'vitest';
import { type ConfigurationSource, loadConfiguration } from './configuration.ts';
import { loadSealingKey, loadSealingKeys } from './sealing-key.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-configuration-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(text: string, extension = 'json'): string {
  files += 1;
  const file = path.join(folder, `${files}.${extension}`);
  writeFileSync(file, text);
  return file;
}

function load(document: unknown, rest: Partial<ConfigurationSource> = {}) {
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  return loadConfiguration({
    file: write(JSON.stringify(document)),
    env: {},
    now: 1000,
    random,
    ...rest,
  });
}

async function problemsOf(loading: Promise<unknown>): Promise<Record<string, string>> {
  const error: ConfigError = await loading.then(
    () => expect.fail('the configuration was accepted'),
    (thrown: ConfigError) => thrown,
  );
  return Object.fromEntries(error.problems.map(({ path: place, message }) => [place, message]));
}

const secret = 'x'.repeat(43);
const api = {
  identifier: 'https://api.example',
  name: 'API',
  scopes: [{ name: 'read', description: 'See it' }],
};
const service = {
  client_id: 'service',
  client_secret: secret,
  kind: 'service',
  trust: 'first-party',
  client_name: 'Service',
  scope: 'read',
};
const least = { issuer: 'https://login.example', sealing_key_file: 'sealing.key' };

describe('a configuration file', () => {
  test('may be short, and has safe defaults', async () => {
    const configuration = await load(least);
    expect(configuration).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      warnings: [],
      clients: [],
    });
    expect(configuration.database).toBe(path.join(folder, 'keywright.db'));
    expect(configuration.log).toEqual({ level: 'info', file: undefined, requests: false });
    expect(configuration.metrics).toBeUndefined();
  });

  test('may declare types of authorization details, and names the wrong member of one by its path', async () => {
    const type = {
      type: 'access',
      name: 'Access',
      description: 'See {rooms}',
      resources: 'rooms',
      schema: {
        type: 'object',
        properties: { rooms: { type: 'array', items: { type: 'string' } } },
      },
    };
    const declare = (change: object) => ({
      ...least,
      apis: [{ ...api, authorization_details_types: [{ ...type, ...change }] }],
      clients: [{ ...service, authorization_details_types: ['access'] }],
    });
    const { apis, clients } = await load(declare({}));
    expect(apis[0]?.settings?.authorizationDetailsTypes).toEqual([type]);
    expect(clients[0]?.settings).toEqual({ authorizationDetailsTypes: ['access'] });
    const schema = {
      type: 'object',
      properties: { rooms: { type: 'array', items: { type: 'string', pattern: 'x' } } },
    };
    expect(await problemsOf(load(declare({ schema, description: 'See {halls}' })))).toMatchObject({
      'apis[0].authorization_details_types[0].schema.properties.rooms.items.pattern':
        expect.stringContaining('cannot be used in a schema') as string,
    });
    expect(await problemsOf(load(declare({ extra: 1 })))).toHaveProperty(
      'apis[0].authorization_details_types[0].extra',
    );
  });

  test('may require DPoP nonces, proofs of one client, and opaque tokens for one API', async () => {
    const { options, clients, apis } = await load({
      ...least,
      dpop_nonce: 'required',
      apis: [{ ...api, access_token_format: 'opaque', introspectors: ['service'] }],
      clients: [
        { ...service, dpop_bound_access_tokens: true, introspection_signed_response_alg: 'ES256' },
      ],
    });
    expect(options.dpopNonce).toBe('required');
    expect(apis[0]?.settings).toEqual({ accessTokenFormat: 'opaque' });
    expect(clients[0]?.settings).toEqual({
      dpopBoundAccessTokens: true,
      introspectionSignedResponseAlg: 'ES256',
    });
    const off = { ...least, dpop_nonce: 'required', features: { dpop: false } };
    expect(await problemsOf(load(off))).toEqual({ dpop_nonce: expect.stringContaining('dpop') });
  });

  test('may have metrics at an address of their own, and not at that of the server', async () => {
    expect((await load({ ...least, metrics: { port: 9464 } })).metrics).toEqual({
      host: '127.0.0.1',
      port: 9464,
    });
    const problems = await problemsOf(
      load({ ...least, listen: { port: 9464 }, metrics: { port: 9464 } }),
    );
    expect(problems['metrics.port']).toContain('must differ from the address of listen');
  });

  test('may have workers, as many as cores with `auto`, but not on a database that they cannot share', async () => {
    expect((await load(least)).workers).toBeUndefined();
    expect((await load({ ...least, listen: { workers: 3 } })).workers).toBe(3);
    expect((await load({ ...least, listen: { workers: 'auto' } })).workers).toBe(
      availableParallelism(),
    );
    await expect(load({ ...least, listen: { workers: 0 } })).rejects.toThrow(
      'listen.workers: must be at least 1',
    );
    await expect(load({ ...least, database: ':memory:', listen: { workers: 2 } })).rejects.toThrow(
      'listen.workers: needs a database that the processes can share',
    );
  });

  test('may name a PostgreSQL address, which is not taken as a path', async () => {
    const database = 'postgres://kw:hunter2@localhost/keywright';
    expect((await load({ ...least, database })).database).toBe(database);
    expect((await load({ ...least, database: '${DB}' }, { env: { DB: database } })).database).toBe(
      database,
    );
  });

  test('refuses an address of something else as the path of a database', async () => {
    const database = 'postgre://kw:hunter2@db.example/keywright';
    expect(await problemsOf(load({ ...least, database }))).toEqual({
      database: 'must be a file, or an address that begins with postgres://',
    });
  });

  test('names a required setting that is missing', async () => {
    expect(await problemsOf(load({ ...least, apis: [{ name: 'API', scopes: [] }] }))).toMatchObject(
      {
        'apis[0].identifier': 'is required',
      },
    );
  });

  test('describes what is wrong with the address of a database, without its secret', async () => {
    const problems = await problemsOf(
      load({ ...least, database: 'postgres://kw:hunter2@db.example/keywright' }),
    );
    expect(problems['database']).toContain('set sslmode=verify-full');
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('declares APIs and the clients that may use their scopes', async () => {
    const { apis, clients } = await load({ ...least, apis: [api], clients: [service] });
    expect(apis).toMatchObject([{ identifier: 'https://api.example', origin: 'config' }]);
    expect(clients).toMatchObject([{ id: 'service', scopes: ['read'], origin: 'config' }]);
    expect(JSON.stringify(clients)).not.toContain(secret);
  });

  test('may be YAML', async () => {
    const file = write('issuer: https://login.example\nlisten:\n  port: 4321\n', 'yaml');
    expect((await load({}, { file })).port).toBe(4321);
  });

  test('takes secrets from environment variables by name', async () => {
    const document = {
      ...least,
      apis: [api],
      clients: [{ ...service, client_secret: '${SERVICE_SECRET}' }],
    };
    expect((await load(document, { env: { SERVICE_SECRET: secret } })).clients).toHaveLength(1);
    expect(await problemsOf(load(document))).toMatchObject({
      'clients[0].client_secret': expect.stringContaining('SERVICE_SECRET, which is not set'),
    });
  });

  test('reports each problem at once, with its path and its solution', async () => {
    const problems = await problemsOf(
      load({
        issuer: 'http://login.example',
        isuer: 'x',
        listen: { port: 'four', hots: 'a' },
        trusted_proxies: ['10.0.0.0/8', 'everyone'],
        clients: [
          service,
          { ...service, client_secret: undefined, scopes: 'a' },
          { kind: 'robot' },
        ],
        accounts: [{ email: 'ada@example.com' }],
      }),
    );
    expect(problems).toMatchObject({
      isuer: 'is not a setting; did you mean issuer?',
      'listen.port': expect.stringContaining('number'),
      'listen.hots': 'is not a setting; did you mean host?',
      'clients[0].scope': expect.stringContaining('read'),
      'clients[1].scopes': 'is not a setting; did you mean scope?',
      'clients[2].kind': expect.stringContaining('web, browser, native, service'),
      'clients[2].client_id': expect.any(String),
      'accounts[0].name': expect.any(String),
    });
  });

  test.each([
    ['port', { port: 'four' }],
    ['tls.certificate', { tls: { certificate: 5, key: 'k.pem', client_certificates: 'request' } }],
    [
      'tls.client_ca',
      { tls: { certificate: 'c.pem', key: 'k.pem', client_ca: 5, client_certificates: 'request' } },
    ],
  ])('reports a wrong listen.%s, and no problem that only follows from it', async (name, wrong) => {
    const tls = { certificate: 'c.pem', key: 'k.pem', client_certificates: 'request' };
    const listen = { tls, ...wrong };
    const problems = await problemsOf(load({ ...least, listen, features: { mutual_tls: true } }));
    expect(Object.keys(problems)).toEqual([`listen.${name}`]);
  });

  test('reports what core refuses with the names of the file', async () => {
    const problems = await problemsOf(
      load({
        ...least,
        cache_seconds: 60,
        sessions: { idle_seconds: 1 },
        lifetimes: { service: { access_token_seconds: 90_000 } },
      }),
    );
    expect(Object.keys(problems).sort()).toEqual([
      'cache_seconds',
      'lifetimes.service.access_token_seconds',
      'sessions.idle_seconds',
    ]);
  });

  test('cannot leave out the secret of a client that must have one', async () => {
    const { client_secret: _, ...without } = service;
    expect(await problemsOf(load({ ...least, apis: [api], clients: [without] }))).toEqual({
      'clients[0].client_secret': expect.stringContaining('is required'),
    });
  });

  test('cannot declare a client id twice', async () => {
    expect(
      await problemsOf(load({ ...least, apis: [api], clients: [service, service] })),
    ).toHaveProperty('clients[1].client_id');
  });

  test('that cannot be parsed is not quoted, because it may contain secrets', async () => {
    const json = await problemsOf(load({}, { file: write('{ "sealing_key": "hunter2", oops }') }));
    const yaml = await problemsOf(load({}, { file: write('sealing_key: "hunter2\nb: [', 'yaml') }));
    expect(JSON.stringify([json, yaml])).toMatch(/not valid JSON.*not valid YAML/);
    expect(JSON.stringify([json, yaml])).not.toContain('hunter2');
  });
});

describe('the issuer in the configuration', () => {
  test.each(['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])(
    'may be %s',
    async (issuer) => {
      expect((await load({ ...least, issuer })).options.issuer).toBe(issuer);
    },
  );

  test('must be https except on this machine, unless a setting with a warning name is chosen', async () => {
    const document = { ...least, issuer: 'http://login.example' };
    expect(await problemsOf(load(document))).toEqual({
      issuer: expect.stringContaining('must be https'),
    });
    const chosen = await load({ ...document, danger_send_secrets_over_unencrypted_http: true });
    expect(chosen.warnings).toEqual([expect.stringContaining('not encrypted')]);
  });
});

describe('the environment of a configuration', () => {
  test('overrides the file, and flags override both', async () => {
    const env = {
      KEYWRIGHT_PORT: '5000',
      KEYWRIGHT_HOST: '::1',
      KEYWRIGHT_LOG_LEVEL: 'warn',
      OTHER: '1',
    };
    const flags = [{ name: '--port', path: ['listen', 'port'], value: 6000 }];
    const configuration = await load({ ...least, listen: { port: 4000 } }, { env, flags });
    expect(configuration).toMatchObject({ host: '::1', port: 6000, log: { level: 'warn' } });
  });

  test('is named in the problems that its values cause', async () => {
    const env = {
      KEYWRIGHT_PORT: 'many',
      KEYWRIGHT_ISUER: 'x',
      KEYWRIGHT_TRUSTED_PROXIES: '10.0.0.1, nobody',
    };
    expect(await problemsOf(load(least, { env }))).toMatchObject({
      KEYWRIGHT_PORT: expect.stringContaining('number'),
      KEYWRIGHT_ISUER: 'is not a variable of Keywright; did you mean KEYWRIGHT_ISSUER?',
    });
    expect(
      await problemsOf(load(least, { env: { KEYWRIGHT_TRUSTED_PROXIES: '10.0.0.1, nobody' } })),
    ).toHaveProperty('KEYWRIGHT_TRUSTED_PROXIES');
  });
});

describe('policies in the configuration', () => {
  test('are a file, relative to the folder of the configuration, or a text, and not both', async () => {
    const policies = async (permissions: object) =>
      (await load({ ...least, permissions })).policies;
    expect(await policies({ policies: 'rules.cedar' })).toEqual({
      name: 'permissions.policies',
      file: path.join(folder, 'rules.cedar'),
    });
    expect(
      await policies({ inline_policies: 'permit (principal, action, resource);' }),
    ).toMatchObject({
      name: 'permissions.inline_policies',
    });
    expect(await policies({})).toBeUndefined();
    const both = { policies: 'rules.cedar', inline_policies: 'x' };
    expect(await problemsOf(load({ ...least, permissions: both }))).toHaveProperty(
      'permissions.inline_policies',
    );
    expect(await problemsOf(load({ ...least, permissions: { policy: 'x' } }))).toHaveProperty(
      'permissions.policy',
    );
  });
});

describe('the server’s own API in the configuration', () => {
  test('and its scopes cannot be declared; only a first-party service may have the scopes', async () => {
    const own = { ...api, identifier: 'https://login.example/admin' };
    expect(await problemsOf(load({ ...least, apis: [own] }))).toEqual({
      'apis[0].identifier': 'belongs to the server itself',
    });
    const taken = { ...api, scopes: [{ name: 'permissions:read', description: 'See them' }] };
    expect(await problemsOf(load({ ...least, apis: [taken] }))).toHaveProperty(
      'apis[0].scopes[0].name',
    );
    const scoped = { ...service, scope: 'permissions:read' };
    expect((await load({ ...least, clients: [scoped] })).clients).toMatchObject([
      { scopes: ['permissions:read'] },
    ]);
    expect(
      await problemsOf(load({ ...least, clients: [{ ...scoped, trust: 'third-party' }] })),
    ).toHaveProperty('clients[0].scope');
  });
});

describe('the sealing key', () => {
  const database = path.join(folder, 'sealed.db');

  test('is 32 bytes in base64 or hex', () => {
    expect(
      loadSealingKey({ sealingKey: Buffer.alloc(32, 1).toString('base64'), database }),
    ).toHaveLength(32);
    expect(
      loadSealingKey({ sealingKey: Buffer.alloc(32, 1).toString('hex'), database }),
    ).toHaveLength(32);
    expect(() => loadSealingKey({ sealingKey: 'short', database })).toThrow('32 bytes');
  });

  test('is required, from exactly one source', () => {
    expect(() => loadSealingKey({ database })).toThrow('is required');
    expect(() => loadSealingKey({ sealingKey: 'a', sealingKeyFile: 'b', database })).toThrow(
      'only one',
    );
  });

  test('is made in a private file at the first start, and is the same after that', () => {
    const sealingKeyFile = path.join(folder, 'made.key');
    const first = loadSealingKey({ sealingKeyFile, database });
    expect(loadSealingKey({ sealingKeyFile, database })).toEqual(first);
  });

  test('is not made in a file with PostgreSQL, because all nodes need the same key', () => {
    const sealingKeyFile = path.join(folder, 'node.key');
    const place = { sealingKeyFile, database: 'postgres://kw@localhost/kw' };
    expect(() => loadSealingKey(place)).toThrow('all nodes need the same');
    expect(() => loadSealingKey(place)).toThrow('all nodes need the same');
  });

  test('is refused when other users may read its file', () => {
    const sealingKeyFile = write(`${Buffer.alloc(32).toString('base64')}\n`, 'key');
    chmodSync(sealingKeyFile, 0o644);
    expect(() => loadSealingKey({ sealingKeyFile, database })).toThrow('chmod 600');
  });

  test('may have one former key beside it, which is never made, and must be different', () => {
    const sealingKey = Buffer.alloc(32, 1).toString('base64');
    const otherSealingKey = Buffer.alloc(32, 2).toString('hex');
    const keys = loadSealingKeys({ sealingKey, otherSealingKey, database });
    expect([keys.current[0], keys.others.map((key) => key[0])]).toEqual([1, [2]]);
    expect(loadSealingKeys({ sealingKey, database }).others).toEqual([]);
    const others = { sealingKey, database };
    for (const wrong of ['', 'short'])
      expect(() => loadSealingKeys({ ...others, otherSealingKey: wrong })).toThrow('32 bytes');
    expect(() => loadSealingKeys({ ...others, otherSealingKey: sealingKey })).toThrow(
      'the same as the sealing key',
    );
    const missing = path.join(folder, 'missing.key');
    expect(() => loadSealingKeys({ ...others, otherSealingKeyFile: missing })).toThrow(
      'other_sealing_key_file',
    );
    expect(() =>
      loadSealingKeys({ ...others, otherSealingKey, otherSealingKeyFile: missing }),
    ).toThrow('only one');
  });

  test('is not made for a database that another key sealed', () => {
    writeFileSync(database, '');
    expect(() =>
      loadSealingKey({ sealingKeyFile: path.join(folder, 'lost.key'), database }),
    ).toThrow('restore the file');
  });
});

describe('all problems that stop a start are reported together:', () => {
  const weak = { email: 'ada@example.com', name: 'Ada', password: 'short' };

  test('secrets that are missing or weak, the sealing key, first passwords, and values of a wrong form', async () => {
    const web = { ...service, client_id: 'web', client_secret: '${WEB_SECRET}' };
    const problems = await problemsOf(
      load({
        issuer: 'http://login.example',
        listen: { port: 4000, prot: 1 },
        metrics: { port: 'many' },
        database: 'mysql://db.example/keywright',
        apis: [api],
        clients: [{ ...service, client_secret: 'short' }, web],
        accounts: [weak, { ...weak, name: 1 }, { ...weak, password: '${ADA}' }],
      }),
    );
    expect(problems).toEqual({
      'clients[1].client_secret': 'needs the environment variable WEB_SECRET, which is not set',
      'accounts[2].password': 'needs the environment variable ADA, which is not set',
      'listen.prot': expect.stringContaining('port'),
      'metrics.port': expect.stringContaining('must be of type number'),
      'accounts[1].name': expect.stringContaining('must be of type string'),
      'clients[0].client_secret': expect.stringContaining('at least 32 random characters'),
      issuer: expect.stringContaining('must be https'),
      database: expect.stringContaining('must be a file'),
      sealing_key: expect.stringContaining('openssl rand -base64 32'),
      'accounts[0].password': expect.any(String),
    });
  });

  const tls = { certificate: 'a.pem', key: 'a.key', client_certificates: 'request' };
  test.each([
    ['listen.prot', { listen: { tls, prot: 1 }, features: { mutual_tls: true } }],
    [
      'features.mutual_tsl',
      {
        listen: { tls },
        features: { mutual_tls: true, mutual_tsl: true },
        mutual_tls_origin: 'https://mtls.example',
      },
    ],
    ['apis[0].nmae', { apis: [{ ...api, nmae: 1 }], registration: { scopes: ['read'] } }],
    ['database', { database: '${DATABASE}', sealing_key_file: 'absent.key' }],
  ])('%s is reported, and no problem that follows from it', async (at, document) => {
    expect(Object.keys(await problemsOf(load({ ...least, ...document })))).toEqual([at]);
  });

  test('a file of the sealing key that others can read is reported, and none is made', async () => {
    const open = write('x');
    chmodSync(open, 0o644);
    const wrong = { ...least, service_name: '' };
    expect(await problemsOf(load({ ...wrong, sealing_key_file: open }))).toMatchObject({
      sealing_key_file: expect.stringContaining('chmod 600'),
    });
    const absent = path.join(folder, 'absent.key');
    expect(Object.keys(await problemsOf(load({ ...wrong, sealing_key_file: absent })))).toEqual([
      'service_name',
    ]);
    expect(existsSync(absent)).toBe(false);
    const key = Buffer.alloc(32, 7).toString('base64');
    const twice = {
      ...wrong,
      sealing_key_file: undefined,
      sealing_key: key,
      other_sealing_key: key,
    };
    expect(Object.keys(await problemsOf(load(twice)))).toEqual([
      'service_name',
      'other_sealing_key',
    ]);
    const unset = { ...wrong, sealing_key_file: undefined, sealing_key: '${SEALING_KEY}' };
    expect(await problemsOf(load(unset))).toMatchObject({
      sealing_key: 'needs the environment variable SEALING_KEY, which is not set',
    });
  });

  test.each([
    ['a quote that is not closed', 'listen:\n  host: "::\nissuer: x\n', [[2, 9]]],
    ['a bracket that is not closed', 'a: 1\nb: [\n  "1",\n  "2"\nc: 3\n', [[2, 4]]],
    [
      'two brackets that are not closed',
      'a: {\n  b: [1, 2\nc: 3\n',
      [
        [2, 6],
        [1, 4],
      ],
    ],
    [
      'two faults',
      'a: 1\na: 2\nb: @x\n',
      [
        [2, 1],
        [3, 4],
      ],
    ],
    ['an alias without its anchor', 'a: 1\nb: *gone\n', [[2, 4]]],
    [
      'an alias within its own anchor',
      'a: &a {b: *a}\nc: &c\n  - [*c]\n',
      [
        [1, 11],
        [3, 6],
      ],
    ],
    ['text behind a quote', 'a: 1\nb: "x"\nc: "y" z\n', [[3, 8]]],
  ] as const)('YAML with %s is reported with each line', async (_, text, places) => {
    const file = write(text, 'yaml');
    const error = await load({}, { file }).catch((thrown: ConfigError) => thrown);
    const messages = (error as ConfigError).problems.map(({ message }) => message);
    expect(messages).toHaveLength(places.length);
    for (const [index, [line, column]] of places.entries())
      expect(messages[index]).toContain(`line ${line} column ${column})`);
  });

  test.each([
    ['a tab as indent', 'listen:\n\tport: 1\n', 'indent with spaces, not with tabs'],
    ['a line without a colon', 'a: 1\nb\nc: 3\n', 'a colon, a comma, a space, a quote or'],
    ['a name twice', 'a: 1\na: 2\n', 'this name is already used in the same object'],
    ['a value that begins with a sign', 'a: @x\n', 'put this value into quotes'],
    [
      'a colon in a value',
      'a: b: c\n',
      'put a value that contains a colon and a space into quotes',
    ],
    [
      'a wrong indent',
      'a:\n    b: 1\n  c: 2\n',
      'indent this line like the other lines of its block',
    ],
  ])('YAML with %s is explained in a sentence', async (_, text, words) => {
    const file = write(text, 'yaml');
    expect((await problemsOf(load({}, { file })))[file]).toContain(words);
  });

  test('YAML that merges a value that is no object is reported as that', async () => {
    const file = write('listen:\n  <<: 5\n', 'yaml');
    expect((await problemsOf(load({}, { file })))[file]).toContain('Merge sources must be maps');
  });

  test('YAML whose anchors grow without bound is reported as any other problem', async () => {
    const level = (from: string) => `[${Array.from({ length: 20 }, () => `*${from}`).join(', ')}]`;
    const text = `a: &a [1, 1]\nb: &b ${level('a')}\nc: &c ${level('b')}\nd: ${level('c')}\n`;
    const file = write(text, 'yaml');
    expect((await problemsOf(load({}, { file })))[file]).toContain('repeats its anchors too often');
  });
});
