/**
 * The position in a list: an opaque token (Authorization API 1.0 §8.2). It belongs to one query.
 * With another query, the caller gets an error.
 */
import { equalDigests } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { wrong } from './members.ts';

const purpose = 'page-token';

export interface Position {
  readonly after: string;
  readonly limit: number;
}

export function sealPosition(core: Core, query: unknown, { after, limit }: Position): string {
  const payload = Buffer.from(JSON.stringify([after, limit])).toString('base64url');
  return `${payload}.${core.vault.mac(purpose, textOf(query, payload))}`;
}

/** Throws parameter_malformed for an invalid token, or a token of another query. */
export function openPosition(core: Core, query: unknown, token: string): Position {
  const [payload = '', mark = '', ...more] = token.split('.');
  const marks = core.vault.macs(purpose, textOf(query, payload));
  if (more.length > 0 || !marks.some((one) => equalDigests(mark, one)))
    throw wrong('The page token belongs to another query.');
  const [after, limit] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    number,
  ];
  return { after, limit };
}

function textOf(query: unknown, payload: string): string {
  return `${payload}\n${JSON.stringify(query, sortMembers)}`;
}

/** §10.1.1: the order of members has no meaning. */
function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
