/**
 * Who else may see a building: stored permissions, which the authorization server's decision point
 * knows (AuthZEN 1.0).
 */
import {
  type Caller,
  type ClientToken,
  createAuthZen,
  createClientCredentialsToken,
  type Decision,
  type Verdict,
} from '@keywright/guard';
import type { Building } from './building.ts';

export interface Sharing {
  /**
   * Whether a permission says so. Rejects, and the guard answers 503, when the decision point
   * cannot be asked.
   */
  isShared(decision: Decision<Building>): Promise<Verdict>;
  /**
   * Ids of the buildings that a user may see by permission. Rejects when the decision point cannot
   * be asked.
   */
  listShared(caller: Caller): Promise<ReadonlySet<string>>;
}

export interface SharingOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly onFailed: (error: unknown) => void;
}

/** Beyond this a list is cut short. */
const mostPages = 10;
const timeoutMilliseconds = 3_000;

export function createSharing({
  onFailed,
  issuer,
  clientId,
  clientSecret,
}: SharingOptions): Sharing {
  const server = { resource: `${issuer}/admin`, scope: 'permissions:check' };
  const token = createClientCredentialsToken({ issuer, clientId, clientSecret, ...server });
  const isShared = createAuthZen<Building>({
    url: issuer,
    token,
    resource: ({ id }) => ({ type: 'building', id }),
    onFailed,
  });
  return { isShared, listShared: (caller) => searchBuildings(issuer, token, caller) };
}

interface Page {
  readonly results: readonly { readonly id: string }[];
  readonly page?: { readonly next_token?: string };
}

/**
 * The resource search of AuthZEN (Authorization API 1.0 §8.5): one question for all buildings,
 * answered in pages.
 */
async function searchBuildings(
  issuer: string,
  token: ClientToken,
  { subject }: Caller,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const question = {
    subject: { type: 'user', id: subject },
    action: { name: 'buildings:read' },
    resource: { type: 'building' },
  };
  let next = '';
  for (let pages = 0; pages < mostPages && (pages === 0 || next !== ''); pages += 1) {
    const page = next === '' ? {} : { page: { token: next } };
    const answer = await search(`${issuer}/access/v1/search/resource`, token, {
      ...question,
      ...page,
    });
    for (const { id } of answer.results) found.add(id);
    next = answer.page?.next_token ?? '';
  }
  return found;
}

async function search(address: string, token: ClientToken, question: object): Promise<Page> {
  const bearer = await token();
  const response = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(question),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  if (response.status === 401) token.drop(bearer);
  if (!response.ok) throw new Error(`the decision point answered ${response.status}`);
  return (await response.json()) as Page;
}
