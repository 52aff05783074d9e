/** Warns at the start about lifetimes that are weaker than the default. */
import type { DeclaredConfiguration } from './schema.ts';

export function warnOfLifetimes(
  { lifetimes = {}, clients }: DeclaredConfiguration,
  warnings: string[],
): void {
  const tiers = Object.entries(lifetimes).map(
    ([name, said]) => [`the tier ${name}`, said] as const,
  );
  const all = [
    ...tiers,
    ...clients.map((client) => [`the client ${client.client_id}`, client] as const),
  ];
  const named = (isMeant: (said: (typeof all)[number][1]) => boolean) =>
    all.filter(([, said]) => isMeant(said)).map(([name]) => name);
  const endless = named((said) => said?.refresh_absolute_seconds === 'never');
  if (endless.length > 0)
    warnings.push(
      `Refresh tokens of ${endless.join(', ')} never expire if they are used. A stolen token that is used unnoticed is valid until somebody revokes it (ASVS 10.4.8).`,
    );
  const open = named((said) => said?.refresh_retry_seconds === 'until_used');
  if (open.length > 0)
    warnings.push(
      `A spent refresh token of ${open.join(', ')} is accepted until its successor is used. So fewer thefts are detected.`,
    );
}
