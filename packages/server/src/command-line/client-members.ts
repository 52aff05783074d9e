/**
 * `keywright clients get`: shows one client with the names of its metadata, like `clients set` and
 * the admin API.
 */
import { renderForAdministrators } from '@keywright/core';
import { findClient } from './clients.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { moment, print } from './output.ts';

export function getClient(
  id: string,
  { json = false }: { readonly json?: boolean },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async (context) => {
    const members = renderForAdministrators(await findClient(context, id));
    print(json ? JSON.stringify(members, undefined, 2) : renderMembers(members));
  });
}

/** One line for each member, and for each element of a list. */
function renderMembers(members: object): string {
  const rows = Object.entries(members).flatMap(([name, value]: [string, unknown]) => {
    if (Array.isArray(value) && value.length === 0) return [[name, '(none)'] as const];
    const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return values.map((one, at) => [at === 0 ? name : '', renderValue(name, one)] as const);
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function renderValue(name: string, value: unknown): string {
  if (name === 'secrets') return renderSecret(value as Secret);
  if (name.endsWith('_at') && typeof value === 'number') return moment(value);
  const text = typeof value === 'string' ? shorten(value) : JSON.stringify(value);
  // A client that registered itself may have chosen the value, so control characters are removed.
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}

/** A picture would fill the terminal. With `--json` it is whole. */
function shorten(value: string): string {
  return value.replace(/^(data:[a-z]+\/[a-z]+;base64,.{20}).+$/, '$1…');
}

interface Secret {
  readonly id: string;
  readonly created_at: number;
  readonly expires_at?: number;
}

function renderSecret({ id, created_at: since, expires_at: until }: Secret): string {
  return `${id} since ${moment(since)}${until === undefined ? '' : ` until ${moment(until)}`}`;
}
