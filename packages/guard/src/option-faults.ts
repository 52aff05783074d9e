/** What is wrong with the options of a guard: all of it at once, each by its name and with its cure. */
import { webAddressOf } from './api-address.ts';
import { listIssuers } from './issuers.ts';
import type { GuardOptions, IssuerOptions } from './options.ts';

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
  'onKeysFailed',
] as const satisfies readonly (keyof GuardOptions)[];

const issuerNames = [
  'issuer',
  'keys',
  'keysStaleSeconds',
  'client',
  'introspect',
  'dangerouslyAllowUntypedTokens',
] as const satisfies readonly (keyof IssuerOptions)[];

/** A misspelt option would leave undone in silence what it was to do. */
export function unknownNamesOf(options: object, known: readonly string[], where: string): readonly string[] {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  return unknown.map((name) => `${name}: no option ${where}; those are ${known.join(', ')}.`);
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
  ];
  if (faults.length > 0) throw new TypeError(faults.join('\n'));
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

function issuerFaultsOf(one: IssuerOptions, { dangerouslyAllowHttpIssuer }: GuardOptions): readonly string[] {
  const { issuer, client, introspect = false } = one;
  const faults = [...unknownNamesOf(one, issuerNames, 'of an issuer')];
  const url = webAddressOf(issuer);
  if (url === undefined || url.search !== '' || url.hash !== '') {
    faults.push('issuer: an https address without query and fragment (RFC 8414 §2).');
  } else if (url.protocol === 'http:' && !isLoopback(url) && dangerouslyAllowHttpIssuer !== true) {
    faults.push('issuer: over http only on this host, or with dangerouslyAllowHttpIssuer.');
  }
  if (introspect !== false && client === undefined) {
    faults.push('introspect: needs client, with which this API authenticates there (RFC 7662 §2.1).');
  }
  return faults;
}

function isLoopback({ hostname }: URL): boolean {
  return loopbackHosts.has(hostname);
}

function listFaultsOf(
  issuers: readonly IssuerOptions[],
  { issuer, keys, apiKeys }: GuardOptions,
): readonly string[] {
  const faults: string[] = [];
  if (issuers.length === 0) faults.push('issuer: at least one.');
  if (new Set(issuers.map((one) => one.issuer)).size < issuers.length) faults.push('issuer: each only once.');
  if (keys !== undefined && typeof issuer !== 'string') {
    faults.push('keys: belong to their issuer, { issuer, keys }, unless that is given as text.');
  }
  // A token that says nothing would have to be shown to all of them.
  if (issuers.filter(({ introspect = false }) => introspect !== false).length > 1) {
    faults.push('introspect: for one issuer only; an opaque token does not say whose it is.');
  }
  if (apiKeys !== undefined && issuers.filter(({ client }) => client !== undefined).length !== 1) {
    faults.push('apiKeys: need one issuer, and one only, with client: this API’s id and secret there.');
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
