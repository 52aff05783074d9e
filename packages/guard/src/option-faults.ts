/**
 * Checks the options of a guard, and reports all faults at once, each with its name and its cure.
 */
import { assertNoFaults } from '@keywright/jwt';
import { isPrivateLine, webAddressOf } from './api-address.ts';
import { listIssuers } from './issuers.ts';
import {
  any,
  asked,
  call,
  expected,
  faultsOf,
  flag,
  hasCalls,
  isObject,
  isText,
  type Kind,
  type Kinds,
  type KindsOf,
  number,
  object,
  optional,
  text,
  texts,
} from './option-kinds.ts';
import type {
  CertificateOptions,
  DpopOptions,
  GuardOptions,
  IntrospectionOptions,
  IssuerOptions,
  MetadataOptions,
  ServiceClient,
} from './options.ts';

function isPlainAddress(value: unknown): boolean {
  // Parsing removes white space around an address. A token never names such an issuer.
  const url = isText(value) && !/\s/.test(value) ? webAddressOf(value) : undefined;
  return url !== undefined && url.search === '' && url.hash === '';
}

/** RFC 8414 §2. */
const address: Kind = [isPlainAddress, 'an https address without query and fragment.'];

const keySource = optional(
  (value) => hasKeys(value as GuardOptions['keys']),
  '{ jwksUri } or { jwks }.',
);

function hasKeys(keys: GuardOptions['keys']): boolean {
  return isObject(keys) && ('jwks' in keys ? isObject(keys.jwks) : isText(keys.jwksUri));
}

/**
 * Options that add a check (`dpop`, `replays`, `senderConstrained`) may be absent, but not
 * `undefined`: a typing error gives `undefined`, and the check would be missing.
 */
const kinds: KindsOf<GuardOptions> = {
  issuer: any,
  // It stands between quotes in challenges (RFC 9110 §5.6.4).
  audience: [
    (value) => isText(value) && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(value),
    'the identifier of this API, in printable ASCII without spaces and quotes.',
  ],
  baseUrl: optional(...address),
  keys: keySource,
  apiKeys: object,
  dpop: asked(object),
  certificate: object,
  senderConstrained: [(value) => value === 'required', 'required, or left out.'],
  replays: [hasCalls('claim'), 'an object with the function claim.'],
  status: object,
  metadata: object,
  outbound: optional(hasCalls('send', 'fetchJson'), 'one of createOutbound.'),
  clock: call,
  clockToleranceSeconds: number,
  cacheEntries: number,
  maxFormBytes: number,
  dangerouslyAllowHttpIssuer: flag,
  onRefusal: call,
  onFailed: call,
};

const issuerKinds: KindsOf<IssuerOptions> = {
  issuer: address,
  keys: keySource,
  keysStaleSeconds: number,
  client: object,
  introspect: optional(
    (value) => typeof value === 'boolean' || isObject(value),
    'true, or an object.',
  ),
  dangerouslyAllowUntypedTokens: flag,
};

const clientKinds: KindsOf<ServiceClient> = { id: asked(text), secret: asked(text) };

const introspectionKinds: KindsOf<IntrospectionOptions> = {
  endpoint: text,
  cacheSeconds: number,
  dangerouslyAllowMissingAudience: flag,
  dangerouslyTakeMissingSubjectAsClient: flag,
};

const dpopKinds: KindsOf<DpopOptions> = {
  required: asked(flag),
  // An attacker who guesses it can make future nonces (RFC 9449 §11.3).
  nonceSecret: [
    (value) => (typeof value === 'string' || value instanceof Uint8Array) && value.length >= 32,
    '32 random bytes.',
  ],
};

const certificateKinds: KindsOf<CertificateOptions> = {
  header: asked(text),
  trustedProxies: asked(texts),
};

const metadataKinds: KindsOf<MetadataOptions> = {
  name: text,
  documentation: text,
  scopes: texts,
  detailTypes: texts,
};

/** Members of an option: allowed ones and required ones. */
const inside: readonly (readonly [string, Kinds, (readonly string[])?])[] = [
  ['dpop', dpopKinds],
  ['certificate', certificateKinds, ['header', 'trustedProxies']],
  ['status', { staleSeconds: number }],
  ['metadata', metadataKinds],
];

/** @throws TypeError */
export function assertOptions(options: GuardOptions, knowsApiKeys: boolean): void {
  if (!isObject(options)) throw new TypeError('options: an object.');
  const issuers = listIssuers(options);
  const faults = [
    ...faultsOf(options, kinds, '', ['audience']),
    ...(knowsApiKeys || options.apiKeys === undefined ? [] : ['apiKeys: for createGuard.']),
    ...insideFaultsOf(options, inside, ''),
    ...issuers.flatMap(issuerFaultsOf),
  ];
  if (faults.length === 0) {
    faults.push(
      ...issuers.flatMap((one) => lineFaultsOf(one, options)),
      ...listFaultsOf(issuers, options),
      ...apiFaultsOf(options),
    );
  }
  assertNoFaults(faults);
}

function insideFaultsOf(options: object, parts: typeof inside, before: string): readonly string[] {
  return parts.flatMap(([name, known, required]) => {
    const part = (options as Readonly<Record<string, unknown>>)[name];
    return isObject(part) ? faultsOf(part, known, `${before}${name}.`, required) : [];
  });
}

function issuerFaultsOf(one: IssuerOptions): readonly string[] {
  if (!isObject(one)) return [`issuer: ${expected(one, address[1])}`];
  const faults = [
    ...faultsOf(one, issuerKinds, '', ['issuer']),
    ...insideFaultsOf(
      one,
      [
        ['client', clientKinds, ['id', 'secret']],
        ['introspect', introspectionKinds],
      ],
      '',
    ),
  ];
  return isText(one.issuer) ? faults.map((fault) => `${fault} (${one.issuer})`) : faults;
}

/** Keys arrive over these connections, and this API's secret is sent over them. */
function lineFaultsOf(
  { issuer, client, introspect = false, keys }: IssuerOptions,
  options: GuardOptions,
): readonly string[] {
  const jwksUri = keys !== undefined && 'jwksUri' in keys ? keys.jwksUri : undefined;
  const endpoint = typeof introspect === 'object' ? introspect.endpoint : undefined;
  const faults = Object.entries({ issuer, jwksUri, endpoint })
    .filter(([, url]) => url !== undefined && !isSecure(url, options))
    .map(
      ([name]) =>
        `${name}: https; over http only on this host, or with dangerouslyAllowHttpIssuer.`,
    );
  if (introspect !== false && client === undefined) {
    faults.push('introspect: needs client.');
  }
  return faults.map((fault) => `${fault} (${issuer})`);
}

function isSecure(address: string, { dangerouslyAllowHttpIssuer }: GuardOptions): boolean {
  const url = webAddressOf(address);
  return url !== undefined && (isPrivateLine(url) || dangerouslyAllowHttpIssuer === true);
}

function listFaultsOf(
  issuers: readonly IssuerOptions[],
  { issuer, keys, apiKeys }: GuardOptions,
): readonly string[] {
  const faults: string[] = [];
  if (issuers.length === 0) faults.push('issuer: at least one.');
  if (new Set(issuers.map((one) => one.issuer)).size < issuers.length)
    faults.push('issuer: each only once.');
  if (keys !== undefined && typeof issuer !== 'string') {
    faults.push('keys: belong to their issuer, { issuer, keys }.');
  }
  // An opaque token does not name its issuer, so it would have to be shown to all of them.
  if (issuers.filter(({ introspect = false }) => introspect !== false).length > 1) {
    faults.push('introspect: for one issuer only.');
  }
  if (apiKeys !== undefined && issuers.filter(({ client }) => client !== undefined).length !== 1) {
    faults.push('apiKeys: need one issuer with client, and one only.');
  }
  return faults;
}

function apiFaultsOf({ audience, baseUrl, apiKeys, dpop }: GuardOptions): readonly string[] {
  const faults: string[] = [];
  const base = webAddressOf(baseUrl ?? audience);
  // RFC 9449 §4.3 (9): proofs and sealed keys are compared with it.
  if (dpop?.required === true && base === undefined) {
    faults.push('dpop: needs a baseUrl.');
  }
  if (apiKeys !== undefined && base === undefined) {
    faults.push('apiKeys: needs a baseUrl.');
  }
  return faults;
}
