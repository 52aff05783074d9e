/** No option of the guard means "do not check" because it is missing, empty or of another kind. */
import { createOutbound, generateDecryptionKey } from '@keywright/jwt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthZen } from './authzen.ts';
import { createClientCredentialsToken } from './client-token.ts';
import { createFetchGuard } from './fetch-guard.ts';
import { createGuard } from './guard.ts';
import { audience, issuer } from './testing-parts/fixture.ts';

type Value = fc.Arbitrary<unknown>;

const nothing = fc.constantFrom<unknown>(null, '', Number.NaN, 0n, Symbol('anyAudience'));
const texts = fc.constantFrom('x', 'undefined', 'null', 'required', 'true', '5', '5s');
const numbers = fc.constantFrom(0, 1, 600);
const badNumbers = fc.constantFrom(-1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const flags = fc.boolean();
const lists = fc.constantFrom([], [null], [undefined], [''], [0], [[]]);
const objects = fc.constantFrom({}, { length: 40 }, new Map(), new Date(0));
const calls = fc.constantFrom(
  () => undefined,
  async () => true,
);
const all = { texts, numbers, badNumbers, flags, lists, objects, calls };

/** Any value except those of these kinds. */
function but(...kinds: readonly (keyof typeof all)[]): Value {
  const others = Object.entries(all).filter(([name]) => !kinds.includes(name as keyof typeof all));
  return fc.oneof(nothing, ...others.map(([, value]) => value));
}

/** For an option that adds a check, undefined is the result of a typing error. */
const orUndefined = (value: Value): Value => fc.oneof(value, fc.constant(undefined));

const decryptionKey = generateDecryptionKey();
const whole = {
  issuer: {
    issuer,
    keys: { jwksUri: `${issuer}/jwks` },
    keysStaleSeconds: 60,
    client: { id: 'api', secret: 'secret' },
    introspect: {
      endpoint: `${issuer}/introspect`,
      cacheSeconds: 1,
      dangerouslyAllowMissingAudience: false,
    },
    dangerouslyAllowUntypedTokens: false,
  },
  audience,
  baseUrl: audience,
  apiKeys: {
    decryptionKeys: [decryptionKey],
    by: 'manifest',
    environments: ['live'],
    manifestUri: `${issuer}/manifest`,
    staleSeconds: 60,
    sealedSeconds: 60,
  },
  dpop: { required: true, nonceSecret: 'x'.repeat(32) },
  certificate: { header: 'client-cert', trustedProxies: ['10.0.0.0/8'] },
  senderConstrained: 'required',
  replays: { claim: () => true },
  status: { staleSeconds: 60 },
  metadata: { name: 'a', documentation: 'b', scopes: ['c'], detailTypes: ['d'] },
  outbound: createOutbound(),
  clock: () => 0,
  clockToleranceSeconds: 5,
  cacheEntries: 10,
  maxFormBytes: 10,
  dangerouslyAllowHttpIssuer: false,
  onRefusal: () => {},
  onFailed: () => {},
};

const text = but('texts');
const number = but('numbers');
/** Invalid values of each option. */
const wrong: Readonly<Record<string, Value>> = {
  issuer: orUndefined(but()),
  'issuer.issuer': orUndefined(but()),
  'issuer.keys': but(),
  'issuer.keys.jwksUri': orUndefined(but()),
  'issuer.keysStaleSeconds': number,
  'issuer.client': but('objects'),
  'issuer.client.id': orUndefined(text),
  'issuer.client.secret': orUndefined(text),
  'issuer.introspect': but('objects', 'flags'),
  'issuer.introspect.endpoint': but(),
  'issuer.introspect.cacheSeconds': number,
  'issuer.introspect.dangerouslyAllowMissingAudience': but('flags'),
  'issuer.introspect.dangerouslyTakeMissingSubjectAsClient': but('flags'),
  'issuer.dangerouslyAllowUntypedTokens': but('flags'),
  audience: orUndefined(text),
  baseUrl: but(),
  apiKeys: but('objects'),
  'apiKeys.decryptionKeys': orUndefined(but()),
  'apiKeys.by': but(),
  'apiKeys.environments': orUndefined(but()),
  'apiKeys.manifestUri': but(),
  'apiKeys.staleSeconds': number,
  'apiKeys.sealedSeconds': but('numbers'),
  dpop: orUndefined(but('objects')),
  'dpop.required': orUndefined(but('flags')),
  'dpop.nonceSecret': orUndefined(but()),
  certificate: but('objects'),
  'certificate.header': orUndefined(text),
  'certificate.trustedProxies': orUndefined(but('lists')),
  senderConstrained: orUndefined(fc.oneof(but('texts'), fc.constantFrom('x', 'Required'))),
  replays: orUndefined(but()),
  status: but('objects'),
  'status.staleSeconds': number,
  metadata: but('objects'),
  'metadata.name': text,
  'metadata.documentation': text,
  'metadata.scopes': but('lists'),
  'metadata.detailTypes': but('lists'),
  outbound: but(),
  clock: but('calls'),
  clockToleranceSeconds: number,
  cacheEntries: number,
  maxFormBytes: number,
  dangerouslyAllowHttpIssuer: but('flags'),
  onRefusal: but('calls'),
  onFailed: but('calls'),
};

/** `whole` with one value, at a path of names. */
function changed(options: object, path: readonly string[], value: unknown): object {
  const [name = '', ...rest] = path;
  const inner = (options as Readonly<Record<string, unknown>>)[name];
  return { ...options, [name]: rest.length === 0 ? value : changed(inner as object, rest, value) };
}

/** The fault of the options, or a text that shows that they were accepted. */
function faultOf(create: () => unknown): string {
  try {
    create();
    return 'taken';
  } catch (error) {
    return error instanceof TypeError ? error.message : `no TypeError: ${String(error)}`;
  }
}

describe('the options of a guard', () => {
  it('are accepted as they are in this test', () => {
    expect(faultOf(() => createGuard(whole as never))).toBe('taken');
  });

  it.each(Object.entries(wrong))(
    'are refused, and %s is named, for what it cannot be',
    (path, values) => {
      const name = path.replace(/^issuer\.(?!issuer$)/, '').replace(/^issuer\.issuer$/, 'issuer');
      // An option for the lookup of keys is named as a whole.
      const named = new RegExp(
        `^(?:${name.replaceAll('.', '\\.')}|${name.split('.')[0]}|jwksUri|endpoint): `,
        'm',
      );
      const property = fc.property(values, (value) => {
        const options = changed(whole, path.split('.'), value);
        expect(faultOf(() => createGuard(options as never))).toMatch(named);
      });
      fc.assert(property, { seed: 11, numRuns: 60 });
    },
  );

  it('each have a row in this test', () => {
    const leaves = (value: unknown, path: string): readonly string[] =>
      Object.entries(value as object).flatMap(([name, inner]) => [
        path + name,
        ...(typeof inner === 'object' && !Array.isArray(inner) && !/outbound|replays/.test(name)
          ? leaves(inner, `${path}${name}.`)
          : []),
      ]);
    for (const path of leaves(whole, '')) expect(wrong).toHaveProperty([path]);
  });

  it.each([undefined, null, '', 0, 'issuer', [], true])('are an object, not %j', (options) => {
    for (const create of [createGuard, createFetchGuard]) {
      expect(faultOf(() => create(options as never))).toMatch(/^(?:options|issuer|audience): /);
    }
  });

  it.each(['\n', ' ', '\t'])('have an issuer without white space around it: %j', (space) => {
    for (const text of [issuer + space, space + issuer]) {
      const options = { issuer: text, audience: 'https://api.example' };
      expect(faultOf(() => createGuard(options))).toMatch(/^issuer: /);
    }
  });

  it.each([undefined, null, 'read', 7])('of a route are an object, not %j', (options) => {
    const guard = createGuard(whole as never);
    for (const name of ['node', 'fetch'] as const)
      expect(faultOf(() => guard[name](options as never, () => new Response()))).toBe(
        'the options of a route: an object, or {}.',
      );
  });

  it('need issuer and audience, and report both at once', () => {
    const missing = [
      {},
      { issuer: undefined, audience: undefined },
      { issuer: null, audience: null },
      { issuer: '', audience: '' },
    ];
    for (const options of missing) {
      const fault = faultOf(() => createGuard(options as never));
      expect(fault).toMatch(/^issuer: missing or empty. Expected: an https address/m);
      expect(fault).toMatch(/^audience: missing or empty. Expected: the identifier of this API/m);
    }
  });

  it('may be inherited members of an object, and are still checked', () => {
    const inherited = Object.create({ issuer, audience: 'a b', dpop: true }) as never;
    const fault = faultOf(() => createGuard(inherited));
    expect(fault).toMatch(/^audience: /m);
    expect(fault).toMatch(/^dpop: /m);
  });
});

describe('the options of a route', () => {
  const guard = createGuard({ issuer, audience });
  const rows: Readonly<Record<string, Value>> = {
    scope: orUndefined(but('texts')),
    resource: orUndefined(but('calls')),
    detail: orUndefined(but()),
    can: orUndefined(but('calls')),
    acr: orUndefined(but()),
    maxAgeSeconds: orUndefined(but('numbers')),
    action: text,
    optional: but('flags'),
    queryToken: but('flags'),
    formToken: but('flags'),
    apiKeys: but('flags'),
    plainApiKey: but('flags'),
  };
  it.each(Object.entries(rows))(
    'are refused, and %s is named, for what it cannot be',
    (name, values) => {
      const property = fc.property(values, (value) => {
        expect(faultOf(() => guard.route({ [name]: value }))).toMatch(
          new RegExp(`^${name}: `, 'm'),
        );
      });
      fc.assert(property, { seed: 11, numRuns: 60 });
    },
  );
});

describe('the options of a decision point', () => {
  const good = { url: issuer, token: () => 'token', resource: () => ({ type: 'a', id: 'b' }) };
  const rows: Readonly<Record<string, Value>> = {
    url: orUndefined(but()),
    token: orUndefined(but('calls')),
    resource: orUndefined(but('calls')),
    issuer: text,
    // With null, the issuer of the caller was not checked.
    subject: but('calls'),
    context: but('calls'),
    cacheSeconds: number,
    clock: but('calls'),
    outbound: but('objects'),
    onFailed: but('calls'),
  };
  it.each(Object.entries(rows))(
    'are refused, and %s is named, for what it cannot be',
    (name, values) => {
      expect(faultOf(() => createAuthZen(good))).toBe('taken');
      const property = fc.property(values, (value) => {
        expect(faultOf(() => createAuthZen({ ...good, [name]: value }))).toMatch(
          new RegExp(`^${name}: `, 'm'),
        );
      });
      fc.assert(property, { seed: 11, numRuns: 60 });
    },
  );

  it('need address, token and resource', () => {
    expect(faultOf(() => createAuthZen({} as never))).toMatch(/^token: .*\nresource: /);
  });
});

describe('the options of a client-credentials token', () => {
  const good = {
    issuer,
    clientId: 'api',
    clientSecret: 'secret',
    resource: 'https://other.example',
  };
  const rows: Readonly<Record<string, Value>> = {
    issuer: orUndefined(but()),
    clientId: orUndefined(text),
    clientSecret: orUndefined(text),
    resource: orUndefined(text),
    scope: text,
    clock: but('calls'),
    outbound: but('objects'),
  };
  it.each(Object.entries(rows))(
    'are refused, and %s is named, for what it cannot be',
    (name, values) => {
      expect(faultOf(() => createClientCredentialsToken(good))).toBe('taken');
      const property = fc.property(values, (value) => {
        const create = () => createClientCredentialsToken({ ...good, [name]: value });
        expect(faultOf(create)).toMatch(new RegExp(`^${name}: `, 'm'));
      });
      fc.assert(property, { seed: 11, numRuns: 60 });
    },
  );
});
