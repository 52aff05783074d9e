/**
 * Checks the options of API keys, and reports all faults at once, each with its name and its cure.
 */
import { assertNoFaults, importAgreementKeys } from '@keywright/jwt';
import { isAsSecure } from '../api-address.ts';
import { any, faultsOf, isText, type Kind, type KindsOf, optional, text } from '../option-kinds.ts';
import type { ApiKeyOptions, IssuerOptions } from '../options.ts';

const kinds: KindsOf<ApiKeyOptions> = {
  decryptionKeys: any,
  by: optional(
    (value) => value === 'manifest' || value === 'introspection',
    'manifest or introspection.',
  ),
  // Absent means all environments. So `undefined` by mistake must be a fault, or keys of every
  // environment would be accepted.
  environments: [isListOfNames, 'a list of one or more, as the keys name them.'],
  manifestUri: text,
  staleSeconds: seconds(0, 86_400),
  sealedSeconds: seconds(1, 300),
};

function seconds(least: number, most: number): Kind {
  return optional(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    `whole seconds, ${least} to ${most}.`,
  );
}

function isListOfNames(list: unknown): boolean {
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((one) => isText(one) && /^[a-z0-9]{1,16}$/.test(one))
  );
}

/** @throws TypeError */
export function assertApiKeyOptions(
  options: ApiKeyOptions,
  { issuer, client }: IssuerOptions,
): void {
  const { manifestUri } = options;
  const faults = [...faultsOf(options, kinds, 'apiKeys.'), ...keyFaultsOf(options)];
  if (client === undefined)
    faults.push('apiKeys: their issuer needs client, this API’s id and secret there.');
  // The client's secret is sent to this address.
  if (isText(manifestUri) && !isAsSecure(manifestUri, issuer)) {
    faults.push('apiKeys.manifestUri: an https address.');
  }
  assertNoFaults(faults);
}

function keyFaultsOf({ decryptionKeys }: ApiKeyOptions): readonly string[] {
  try {
    importAgreementKeys(decryptionKeys);
    return [];
  } catch (error) {
    // If the value is no list, the message of the engine does not help.
    const why = Array.isArray(decryptionKeys)
      ? (error as Error).message
      : 'a list of private JWKs.';
    return [`apiKeys.decryptionKeys: ${why}`];
  }
}
