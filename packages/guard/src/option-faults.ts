/** What is wrong with the options of a guard: all of it at once, each by its name and with its cure. */
import { isPrivateLine, webAddressOf } from './api-address.ts';
import { listIssuers } from './issuers.ts';
import type { GuardOptions, IntrospectionOptions, IssuerOptions } from './options.ts';

const names = [
  'issuer',
  'audience',
  'baseUrl',
  'keys',
  'apiKeys',
  'dpop',
  'certificate',
  'senderConstrained',
  'replays',
  'status',
  'metadata',
  'outbound',
  'clock',
  'clockToleranceSeconds',
  'cacheEntries',
  'maxFormBytes',
  'dangerouslyAllowHttpIssuer',
  'onRefusal',
  'onFailed',
] as const satisfies readonly (keyof GuardOptions)[];

const issuerNames = [
  'issuer',
  'keys',
  'keysStaleSeconds',
  'client',
  'introspect',
  'dangerouslyAllowUntypedTokens',
] as const satisfies readonly (keyof IssuerOptions)[];

const introspectionNames = [
  'endpoint',
  'cacheSeconds',
  'dangerouslyAllowMissingAudience',
  'dangerouslyTakeMissingSubjectAsClient',
] as const satisfies readonly (keyof IntrospectionOptions)[];

/** What may stand inside of an option. */
const inside = {
  dpop: ['required', 'nonceSecret'],
  certificate: ['header', 'trustedProxies'],
  status: ['staleSeconds'],
  metadata: ['name', 'documentation', 'scopes', 'detailTypes'],
} as const satisfies Partial<Record<keyof GuardOptions, readonly string[]>>;

/** A misspelt option would leave undone in silence what it was to do. */
export function unknownNamesOf(options: object, known: readonly string[], where: string): readonly string[] {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  return unknown.map((name) => `${name}: no option ${where}; those are ${known.join(', ')}.`);
}

/** Times and sizes. What is no number is neither more nor less than any: nothing would ever be too old for it, or too large. */
function numberFaultsOf(numbers: Readonly<Record<string, number | undefined>>): readonly string[] {
  return Object.entries(numbers).flatMap(([name, value = 0]) =>
    Number.isFinite(value) && value >= 0 ? [] : [`${name}: a number, at least 0.`],
  );
}

function insideFaultsOf(options: GuardOptions): readonly string[] {
  const { clockToleranceSeconds, cacheEntries, maxFormBytes, status, dpop } = options;
  const faults = Object.entries(inside).flatMap(([name, known]) =>
    unknownNamesOf(options[name as keyof typeof inside] ?? {}, known, `of ${name}`),
  );
  const staleSeconds = status?.staleSeconds;
  faults.push(...numberFaultsOf({ clockToleranceSeconds, cacheEntries, maxFormBytes, staleSeconds }));
  if (typeof (dpop?.required ?? true) !== 'boolean') faults.push('dpop.required: true or false.');
  // Who guesses it makes nonces of tomorrow (RFC 9449 §11.3).
  if ((dpop?.nonceSecret?.length ?? 32) < 32) faults.push('dpop.nonceSecret: 32 random bytes.');
  return faults;
}

/** @throws TypeError */
export function assertOptions(options: GuardOptions, knowsApiKeys: boolean): void {
  const issuers = listIssuers(options);
  const faults = [
    ...unknownNamesOf(
      options,
      names.filter((name) => knowsApiKeys || name !== 'apiKeys'),
      'of this guard',
    ),
    ...issuers.flatMap((one) => issuerFaultsOf(one, options).map((fault) => `${fault} (${one.issuer})`)),
    ...listFaultsOf(issuers, options),
    ...apiFaultsOf(options),
    ...insideFaultsOf(options),
  ];
  if (faults.length > 0) throw new TypeError(faults.join('\n'));
}

function issuerFaultsOf(one: IssuerOptions, options: GuardOptions): readonly string[] {
  const { issuer, client, introspect = false, keys, keysStaleSeconds } = one;
  const asking = typeof introspect === 'object' ? introspect : {};
  const { endpoint, cacheSeconds } = asking;
  const faults = [
    ...unknownNamesOf(one, issuerNames, 'of an issuer'),
    ...unknownNamesOf(asking, introspectionNames, 'of introspect'),
    ...numberFaultsOf({ keysStaleSeconds, cacheSeconds }),
  ];
  const url = webAddressOf(issuer);
  if (url === undefined || url.search !== '' || url.hash !== '') {
    faults.push('issuer: an https address without query and fragment (RFC 8414 §2).');
  }
  const jwksUri = keys !== undefined && 'jwksUri' in keys ? keys.jwksUri : undefined;
  // Keys come from there, and this API's secret goes there.
  for (const [name, address] of Object.entries({ issuer, jwksUri, endpoint })) {
    if (address !== undefined && !isSecure(address, options)) {
      faults.push(`${name}: https; over http only on this host, or with dangerouslyAllowHttpIssuer.`);
    }
  }
  if (introspect !== false && client === undefined) {
    faults.push('introspect: needs client, this API’s id and secret there.');
  }
  return faults;
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
  if (new Set(issuers.map((one) => one.issuer)).size < issuers.length) faults.push('issuer: each only once.');
  if (keys !== undefined && typeof issuer !== 'string') {
    faults.push('keys: belong to their issuer, { issuer, keys }.');
  }
  // A token that says nothing would have to be shown to all of them.
  if (issuers.filter(({ introspect = false }) => introspect !== false).length > 1) {
    faults.push('introspect: for one issuer only; an opaque token does not say whose it is.');
  }
  if (apiKeys !== undefined && issuers.filter(({ client }) => client !== undefined).length !== 1) {
    faults.push('apiKeys: need one issuer, and one only, with client, this API’s id and secret there.');
  }
  return faults;
}

function apiFaultsOf({
  audience,
  baseUrl,
  apiKeys,
  dpop,
  senderConstrained,
}: GuardOptions): readonly string[] {
  const faults: string[] = [];
  // It is quoted in challenges (RFC 9110 §5.6.4).
  if (!/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(audience)) {
    faults.push('audience: the identifier of this API, in printable ASCII without spaces and quotes.');
  }
  const base = webAddressOf(baseUrl ?? audience);
  if (baseUrl !== undefined && (base === undefined || base.search !== '' || base.hash !== '')) {
    faults.push('baseUrl: the public address of this API, http(s), without query and fragment.');
  }
  if (dpop?.required === true && base === undefined) {
    faults.push('dpop: needs a baseUrl to hold proofs against (RFC 9449 §4.3).');
  }
  if (apiKeys !== undefined && base === undefined) {
    faults.push('apiKeys: need a baseUrl to hold sealed keys against.');
  }
  if (senderConstrained !== undefined && senderConstrained !== 'required') {
    faults.push('senderConstrained: required, or nothing.');
  }
  return faults;
}
