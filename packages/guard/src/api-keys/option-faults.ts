/** What is wrong with the options of API keys: all of it at once, each by its name and with its cure. */
import { importAgreementKeys } from '@keywright/jwt';
import { isAsSecure } from '../api-address.ts';
import { unknownNamesOf } from '../option-faults.ts';
import type { IssuerOptions } from '../options.ts';
import type { ApiKeyOptions } from './index.ts';

const names = [
  'decryptionKeys',
  'by',
  'environments',
  'manifestUri',
  'staleSeconds',
  'sealedSeconds',
] as const satisfies readonly (keyof ApiKeyOptions)[];

/** @throws TypeError */
export function assertApiKeyOptions(options: ApiKeyOptions, { issuer, client }: IssuerOptions): void {
  const { by, environments, manifestUri, staleSeconds, sealedSeconds } = options;
  const faults = [...unknownNamesOf(options, names, 'of API keys'), ...keyFaultsOf(options)];
  if (client === undefined)
    faults.push('apiKeys: their issuer needs client, this API’s id and secret there.');
  if (by !== undefined && by !== 'manifest' && by !== 'introspection') {
    faults.push('apiKeys.by: manifest or introspection.');
  }
  if (environments !== undefined && !isListOfNames(environments)) {
    faults.push('apiKeys.environments: a list of one or more, as the keys name them.');
  }
  // The client's secret goes there.
  if (manifestUri !== undefined && !isAsSecure(manifestUri, issuer)) {
    faults.push('apiKeys.manifestUri: an https address.');
  }
  faults.push(...secondsFaultsOf('staleSeconds', staleSeconds, 0, 86_400));
  faults.push(...secondsFaultsOf('sealedSeconds', sealedSeconds, 1, 300));
  if (faults.length > 0) throw new TypeError(faults.join('\n'));
}

function keyFaultsOf({ decryptionKeys }: ApiKeyOptions): readonly string[] {
  try {
    importAgreementKeys(decryptionKeys);
    return [];
  } catch (error) {
    // Of a list that is none, what the engine says is no help.
    const why = Array.isArray(decryptionKeys) ? (error as Error).message : 'a list of private JWKs.';
    return [`apiKeys.decryptionKeys: ${why}`];
  }
}

function isListOfNames(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0 && list.every((one) => /^[a-z0-9]{1,16}$/.test(String(one)));
}

function secondsFaultsOf(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
): readonly string[] {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return [];
  return [`apiKeys.${name}: whole seconds, ${least} to ${most}.`];
}
