/**
 * Finds all faults in the options of a function. Each fault names the option and the correction.
 */
import { assertNoFaults, isObject, readApiKey, unknownNames } from '@keywright/jwt';

/** For each option, what is wrong with it. */
type Faults<Options> = Readonly<Record<keyof Options, string | undefined>>;

/** @throws TypeError for a name that there is not as well */
export function assertOptions<Options extends object>(
  options: Options,
  faultsOf: (options: Partial<Options>) => Faults<Options>,
): void {
  if (!isObject(options)) throw new TypeError('options: an object.');
  const faults: Readonly<Record<string, string | undefined>> = faultsOf(options);
  const names = Object.keys(faults);
  assertNoFaults([
    ...unknownNames(options, names).map(
      ([name, nearest]) => `${name}: no such option; the nearest is ${nearest}.`,
    ),
    ...names.flatMap((name) => (faults[name] === undefined ? [] : [`${name}: ${faults[name]}`])),
  ]);
}

/** A mistyped key is better reported here than by the API. */
export function apiKeyFault(text: unknown): string | undefined {
  if (typeof text === 'string' && readApiKey(text) !== undefined) return undefined;
  return 'this is not an API key: its prefix, its length or its checksum is wrong.';
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * An https address, or an address of this host. Without TLS, an attacker could provide another key
 * to seal for.
 */
export function addressFault(address: unknown): string | undefined {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  const isSecure =
    url !== null &&
    url.username === '' &&
    url.password === '' &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname)));
  return isSecure ? undefined : 'an https address.';
}

export function callFault(value: unknown): string | undefined {
  return value === undefined || typeof value === 'function' ? undefined : 'a function.';
}
