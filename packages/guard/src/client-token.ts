/**
 * Access tokens for this API itself, for the APIs that it calls: client credentials (RFC 6749 §4.4)
 * for one resource (RFC 8707).
 */
import { createOutbound, type Outbound } from '@keywright/jwt';
import { webAddressOf } from './api-address.ts';
import { basicCredentials } from './introspection.ts';
import { createIssuerMetadata, type IssuerMetadata } from './issuer-metadata.ts';
import { asked, assertKinds, call, isText, type KindsOf, object, text } from './option-kinds.ts';

/** How this API gets access tokens for itself (RFC 6749 §4.4), for one resource (RFC 8707). */
export interface ClientCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The identifier of the API that is called: `<issuer>/admin` for Keywright's own. */
  readonly resource: string;
  /** Separated by spaces. Default: all scopes that the client has there. */
  readonly scope?: string;
  readonly outbound?: Outbound;
  /** In milliseconds. */
  readonly clock?: () => number;
}

/**
 * A function that returns an access token which is valid for at least 30 s more. Rejects if the
 * issuer gives none.
 */
export interface ClientToken {
  (): Promise<string>;
  /** Forgets this token, because it was refused. A newer one stays. */
  drop(token: string): void;
}

interface Held {
  readonly token: string;
  readonly until: number;
}

/** A token is renewed this long before its end, so that it does not expire during a request. */
const marginSeconds = 30;

const kinds: KindsOf<ClientCredentials> = {
  issuer: [(value) => isText(value) && webAddressOf(value) !== undefined, 'an https address.'],
  clientId: asked(text),
  clientSecret: asked(text),
  resource: asked(text),
  scope: text,
  outbound: object,
  clock: call,
};

/**
 * Makes a function that returns an access token for this API itself, by client credentials (RFC
 * 6749 §4.4). Asks the issuer at the first call, and again 30 s before the last token ends.
 * Concurrent calls share one request. Does not read the token.
 *
 * The function rejects with OutboundError or TypeError if it gets no bearer token.
 * @throws TypeError for options that are missing, misspelt or of another kind
 * @example
 * ```ts
 * import { createClientCredentialsToken } from '@keywright/guard';
 *
 * const token = createClientCredentialsToken({
 *   issuer: 'https://login.example.com',
 *   clientId: 'buildings-api',
 *   clientSecret: process.env['CLIENT_SECRET'] ?? '',
 *   resource: 'https://weather.example.com',
 * });
 * const response = await fetch('https://weather.example.com/now', {
 *   headers: { authorization: `Bearer ${await token()}` },
 * });
 * if (response.status === 401) token.drop(await token());
 * ```
 */
export function createClientCredentialsToken(options: ClientCredentials): ClientToken {
  assertKinds(options, kinds, ['issuer', 'clientId', 'clientSecret', 'resource']);
  const { outbound = createOutbound(), clock = Date.now } = options;
  const metadata = createIssuerMetadata(options.issuer, outbound.fetchJson);
  let held: Held | undefined;
  let asked: Promise<Held> | undefined;
  const get = async (): Promise<string> => {
    if (held !== undefined && clock() < held.until) return held.token;
    asked ??= ask(options, metadata, outbound, clock).finally(() => {
      asked = undefined;
    });
    held = await asked;
    return held.token;
  };
  return Object.assign(get, {
    drop(token: string) {
      if (held?.token === token) held = undefined;
    },
  });
}

async function ask(
  { clientId, clientSecret, resource, scope }: ClientCredentials,
  metadata: IssuerMetadata,
  { send }: Outbound,
  clock: () => number,
): Promise<Held> {
  try {
    const { text } = await send(await metadata.find('token_endpoint'), {
      method: 'POST',
      headers: {
        authorization: basicCredentials({ id: clientId, secret: clientSecret }),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource,
        ...(scope === undefined ? {} : { scope }),
      }).toString(),
      accept: 'application/json',
    });
    return read(JSON.parse(text), clock());
  } catch (error) {
    // The endpoint may have moved.
    metadata.forget();
    throw error;
  }
}

/** RFC 6749 §5.1. A token of another type must be sent in another way. */
function read(answer: unknown, now: number): Held {
  const {
    access_token: token,
    token_type: type,
    expires_in: seconds,
  } = (answer ?? {}) as Record<string, unknown>;
  if (typeof token !== 'string' || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new TypeError('The token endpoint gave no bearer token.');
  }
  const lifetime =
    typeof seconds === 'number' && seconds > marginSeconds ? seconds - marginSeconds : 0;
  return { token, until: now + lifetime * 1000 };
}
