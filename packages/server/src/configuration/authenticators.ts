/** Reads which authenticators may be added. A file without certificates stops the start. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ConfigProblem } from '@keywright/core';
import { describeFileFault } from '../file-fault.ts';
import type { AuthenticatorPolicy } from '../passkeys/verifier.ts';
import { passkeys as schema } from './schema/passkeys.ts';

const place = 'passkeys.authenticators.roots_file';

/** A setting of a wrong form counts as none, because the schema reports it. */
export async function readAuthenticatorPolicy(
  declared: unknown,
  resolve: (place: string, value: string) => string,
  problems: ConfigProblem[],
): Promise<AuthenticatorPolicy | undefined> {
  const { authenticators } = schema.safeParse(declared).data ?? {};
  if (authenticators === undefined) return undefined;
  const { allow, deny, roots_file: file } = authenticators;
  const lower = (list: readonly string[]) => list.map((one) => one.toLowerCase());
  try {
    const pem = await readFile(resolve(place, file), 'utf8');
    const roots = readCertificates(pem);
    if (roots.length === 0) problems.push({ path: place, message: 'has no certificate in PEM' });
    return { allow: allow && lower(allow), deny: lower(deny), roots };
  } catch (error) {
    problems.push({ path: place, message: describeFileFault(error, 'read') });
    return undefined;
  }
}

function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}
