/** What has changed of a client, for the log and the audit. */
import type { Client } from '../model.ts';

/** The names alone: a secret's digest is nobody's business. */
export function changedMembers(former: Client, client: Client): readonly string[] {
  const names = new Set([...Object.keys(former), ...Object.keys(client)]) as Set<keyof Client>;
  return [...names].filter((name) => JSON.stringify(former[name]) !== JSON.stringify(client[name])).sort();
}
