/** What is measured: the sides, the work, and what the figures must reach. */
import { randomBytes } from 'node:crypto';
import { type Cast, type Credentials, peopleCount } from './cast.ts';
import { get, getHead, makeProof, post, postHead } from './requests.ts';
import {
  accessTokenClaims,
  accessTokenHeader,
  compact,
  createTokenSigner,
} from './sides/access-token.ts';
import type { Side, SideName } from './sides/side.ts';
import { authorizeTarget, exchangeForm, signInAll } from './sign-ins.ts';
import type { Work } from './work.ts';

export type Target =
  /** `of` must answer at least so many requests per second. */
  | { readonly kind: 'per-second'; readonly of: SideName; readonly least: number }
  /** `of` must have at least so many times the requests per second of `beside`. */
  | {
      readonly kind: 'rate';
      readonly of: SideName;
      readonly beside: SideName;
      readonly least: number;
    }
  /**
   * What `of` adds to a request of `beside` must be at most so many times the cost of one
   * verification.
   */
  | {
      readonly kind: 'added';
      readonly of: SideName;
      readonly beside: SideName;
      readonly most: number;
    }
  /** What `than` adds to a request of `beside` must be at least so many times what `of` adds. */
  | {
      readonly kind: 'less-added';
      readonly of: SideName;
      readonly than: SideName;
      readonly beside: SideName;
      readonly least: number;
    };

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Started and measured in this order. */
  readonly sides: readonly SideName[];
  readonly targets: readonly Target[];
  /** What the machine must offer; the scenario is left out where it does not. */
  readonly needs?: readonly ('postgres' | 'shares')[];
  /**
   * Its servers are set up with all that the extensions need (extensions.ts), and not only for the
   * three hot grants.
   */
  readonly extensions?: boolean;
  /** Its servers have passkeys and second factors on. */
  readonly accounts?: boolean;
  /** Whether the bare cost of a verification is measured in each round too. */
  readonly withVerificationCost?: boolean;
  /** Called before each run: what is spent in one run is made anew for the next. */
  work(side: Side, cast: Cast): Promise<Work> | Work;
}

export const atLeast = (least: number, beside: SideName, of: SideName = 'keywright'): Target => ({
  kind: 'rate',
  of,
  beside,
  least,
});

function clientCredentials(side: Side, cast: Cast): Work {
  return clientCredentialsOf(side, cast, [cast.service]);
}

/** Each service in its turn. */
export function clientCredentialsOf(
  side: Side,
  { api }: Cast,
  services: readonly Credentials[],
): Work {
  const form = `grant_type=client_credentials&scope=${encodeURIComponent(api.scope)}&resource=${encodeURIComponent(api.identifier)}`;
  return {
    kind: 'repeat',
    requests: services.map((service) => post(postHead(side.port, '/token', service), form)),
    answerHas: '"access_token":"eyJ',
  };
}

/** Without `openid`: with it each refresh is answered with an ID token, too. */
async function rotation(side: Side, cast: Cast): Promise<Work> {
  const signedIn = await signInAll(side, cast, {
    app: cast.app,
    scope: cast.api.scope,
    resource: cast.api.identifier,
  });
  return rotationOf(
    side,
    cast,
    signedIn.map(({ refreshToken }) => refreshToken),
  );
}

export function rotationOf(side: Side, cast: Cast, refreshTokens: readonly string[]): Work {
  return { kind: 'rotate', head: postHead(side.port, '/token', cast.app), refreshTokens };
}

/** Both ask for all scopes, and answer with an access token, an ID token and a refresh token. */
export const allScopes = (cast: Cast) => `openid profile email ${cast.api.scope}`;

export async function codeFlow(side: Side, cast: Cast): Promise<Work> {
  const asked = { app: cast.app, scope: allScopes(cast), resource: cast.api.identifier };
  const signedIn = await signInAll(side, cast, asked);
  const flows = signedIn.map(({ cookie }, index) => {
    const proof = makeProof();
    const target = authorizeTarget(cast.people[index]!, asked, proof);
    return {
      authorize: get(side.port, target, { Cookie: cookie, Accept: 'text/html' }),
      exchange: {
        head: postHead(side.port, '/token', cast.app),
        form: exchangeForm(cast.app, proof),
      },
    };
  });
  return { kind: 'code-flow', flows };
}

/**
 * Tokens that people gave to the application. The peer answers for opaque tokens alone, which it
 * looks up in its memory; ours are JWTs, and the database is asked whether the authorization behind
 * each still stands.
 */
export async function userTokens(side: Side, cast: Cast): Promise<readonly string[]> {
  const resource = side.name === 'peer' ? {} : { resource: cast.api.identifier };
  const scope = side.name === 'peer' ? 'openid profile email' : allScopes(cast);
  const signedIn = await signInAll(side, cast, { app: cast.app, scope, ...resource });
  return signedIn.map(({ accessToken }) => accessToken);
}

export async function introspection(side: Side, cast: Cast): Promise<Work> {
  const head = postHead(side.port, '/introspect', cast.introspector);
  const tokens = await userTokens(side, cast);
  return {
    kind: 'repeat',
    requests: tokens.map((token) => post(head, `token=${token}`)),
    answerHas: '"active":true',
  };
}

export async function userinfo(side: Side, cast: Cast): Promise<Work> {
  const tokens = await userTokens(side, cast);
  return {
    kind: 'repeat',
    requests: tokens.map((token) =>
      get(side.port, '/userinfo', { Authorization: `Bearer ${token}` }),
    ),
    answerHas: '"email_verified":true',
  };
}

function document(path: string): Scenario['work'] {
  return (side) => ({ kind: 'repeat', requests: [get(side.port, path)] });
}

/** As many tokens as connections: every one is seen again and again. */
function repeatingTokens(side: Side, cast: Cast): Work {
  const signToken = createTokenSigner(cast.keys.ES256, accessTokenHeader(cast));
  const claims = accessTokenClaims(cast);
  const requests = Array.from({ length: peopleCount }, () => {
    const token = compact(signToken({ ...claims, jti: randomBytes(16).toString('base64url') }));
    return get(side.port, '/buildings', { Authorization: `Bearer ${token}` });
  });
  return { kind: 'repeat', requests };
}

/** More than one core can verify. */
const freshTokensPerSecond = 25_000;

/** The bare route does not look at them: the same number of bytes does for it. */
function freshTokens(side: Side, cast: Cast): Work {
  if (side.name === 'bare' || side.name.endsWith('-bare')) return repeatingTokens(side, cast);
  return {
    kind: 'fresh-tokens',
    head: getHead(side.port, '/buildings'),
    token: {
      privateJwk: cast.keys.ES256,
      header: accessTokenHeader(cast),
      claims: accessTokenClaims(cast),
      perSecond: freshTokensPerSecond,
    },
  };
}

const frameworks = ['express', 'fastify'] as const;

/** `least`: how many times more the peer must add to a request than the guard. */
function frameworkScenarios(
  name: string,
  title: string,
  least: number,
  work: Scenario['work'],
): readonly Scenario[] {
  return frameworks.map((framework) => {
    const [bare, guarded, peer] = [
      `${framework}-bare`,
      `${framework}-guarded`,
      `${framework}-peer`,
    ] as const;
    const label = framework === 'express' ? 'Express' : 'Fastify';
    return {
      name: `${framework}-${name}`,
      title: `${label}, ${title}`,
      sides: [bare, guarded, peer],
      targets: [{ kind: 'less-added', of: guarded, than: peer, beside: bare, least }],
      work,
    };
  });
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'client-credentials',
    title: 'Client credentials',
    sides: ['keywright', 'floor', 'peer'],
    targets: [atLeast(0.75, 'floor'), atLeast(4, 'peer')],
    work: clientCredentials,
  },
  {
    name: 'refresh',
    title: 'Refresh rotation',
    sides: ['keywright', 'keywright-memory', 'floor', 'peer'],
    targets: [atLeast(3, 'peer'), atLeast(0.37, 'floor'), atLeast(0.6, 'keywright-memory')],
    // The floor knows no refresh tokens: it gives a service its token.
    work: (side, cast) =>
      side.name === 'floor' ? clientCredentials(side, cast) : rotation(side, cast),
  },
  {
    name: 'code-flow',
    title: 'Code flow (authorize and exchange)',
    sides: ['keywright', 'peer'],
    targets: [atLeast(4, 'peer')],
    work: codeFlow,
  },
  {
    name: 'refresh-postgres',
    title: 'Refresh rotation, on PostgreSQL',
    needs: ['postgres'],
    sides: ['keywright-postgres', 'peer-postgres'],
    targets: [atLeast(2, 'peer-postgres', 'keywright-postgres')],
    work: rotation,
  },
  {
    name: 'code-flow-postgres',
    title: 'Code flow, on PostgreSQL',
    needs: ['postgres'],
    sides: ['keywright-postgres', 'peer-postgres'],
    targets: [atLeast(2, 'peer-postgres', 'keywright-postgres')],
    work: codeFlow,
  },
  {
    name: 'nodes',
    title: 'Refresh rotation on PostgreSQL, each node with 0.4 of a core',
    needs: ['postgres', 'shares'],
    sides: ['one-node', 'two-nodes'],
    targets: [atLeast(1.7, 'one-node', 'two-nodes')],
    work: rotation,
  },
  {
    name: 'workers',
    title: 'Client credentials, each worker with 0.4 of a core',
    needs: ['shares'],
    sides: ['one-worker', 'two-workers'],
    targets: [atLeast(1.7, 'one-worker', 'two-workers')],
    work: clientCredentials,
  },
  {
    name: 'workers-refresh',
    title: 'Refresh rotation on SQLite, each worker with 0.4 of a core',
    needs: ['shares'],
    sides: ['one-worker', 'two-workers'],
    targets: [atLeast(1.7, 'one-worker', 'two-workers')],
    work: rotation,
  },
  {
    name: 'introspection',
    title: 'Introspection',
    sides: ['keywright', 'peer'],
    targets: [atLeast(3, 'peer')],
    work: introspection,
  },
  {
    name: 'userinfo',
    title: 'Userinfo',
    sides: ['keywright', 'peer'],
    targets: [atLeast(3, 'peer')],
    work: userinfo,
  },
  {
    name: 'discovery',
    title: 'Discovery',
    sides: ['keywright', 'floor', 'peer'],
    targets: [atLeast(0.85, 'floor')],
    work: document('/.well-known/openid-configuration'),
  },
  {
    name: 'jwks',
    title: 'JWKS',
    sides: ['keywright', 'floor', 'peer'],
    targets: [atLeast(0.85, 'floor')],
    work: document('/jwks'),
  },
  {
    name: 'guard-repeating',
    title: 'Guard, tokens repeat',
    sides: ['bare', 'guarded'],
    targets: [atLeast(0.95, 'bare', 'guarded')],
    work: repeatingTokens,
  },
  {
    name: 'guard-new',
    title: 'Guard, every token new',
    sides: ['bare', 'guarded', 'verifying'],
    targets: [{ kind: 'added', of: 'guarded', beside: 'bare', most: 1.2 }],
    withVerificationCost: true,
    work: freshTokens,
  },
  ...frameworkScenarios('repeating', 'tokens repeat', 10, repeatingTokens),
  ...frameworkScenarios('new', 'every token new', 2, freshTokens),
];
