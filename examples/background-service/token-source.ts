/**
 * Access tokens by client credentials (RFC 6749 §4.4) for one API (RFC 8707), kept until shortly
 * before they end.
 */
export interface TokenSource {
  get(): Promise<string>;
  /** Forgets this token: the API did not take it. A newer one stays. */
  drop(token: string): void;
}

export interface ServiceClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly resource: string;
}

interface HeldToken {
  readonly value: string;
  readonly usableUntil: number;
}

const marginSeconds = 30;
const timeoutMilliseconds = 10_000;

export function createTokenSource(client: ServiceClient): TokenSource {
  let held: HeldToken | undefined;
  let endpoint: string | undefined;
  return {
    async get() {
      if (held !== undefined && Date.now() < held.usableUntil) return held.value;
      endpoint ??= await discoverTokenEndpoint(client.issuer);
      held = await requestToken(endpoint, client);
      return held.value;
    },
    drop(token) {
      if (held?.value === token) held = undefined;
    },
  };
}

/** RFC 8414 §3; the issuer in the answer must be the one that was asked (§3.3). */
async function discoverTokenEndpoint(issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname;
  const response = await fetch(`${origin}/.well-known/oauth-authorization-server${path}`, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  if (!response.ok) throw new Error(`discovery answered ${response.status}`);
  const metadata = (await response.json()) as { issuer?: string; token_endpoint?: string };
  if (metadata.issuer !== issuer) throw new Error('discovery answered for another issuer');
  if (metadata.token_endpoint === undefined) throw new Error('discovery named no token endpoint');
  return metadata.token_endpoint;
}

async function requestToken(endpoint: string, client: ServiceClient): Promise<HeldToken> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { Authorization: basic(client), Accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: client.resource }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  const answer = (await response.json()) as {
    access_token?: string;
    expires_in?: number;
    error?: string;
  };
  if (answer.access_token === undefined) {
    throw new Error(`the token endpoint answered ${response.status} ${answer.error ?? ''}`.trim());
  }
  const lifetimeSeconds = Math.max((answer.expires_in ?? 60) - marginSeconds, 0);
  return { value: answer.access_token, usableUntil: Date.now() + lifetimeSeconds * 1000 };
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** Both halves are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basic(client: ServiceClient): string {
  return `Basic ${btoa(`${formEncode(client.clientId)}:${formEncode(client.clientSecret)}`)}`;
}
