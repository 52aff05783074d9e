/**
 * Web applications that sign users in by libraries of their frameworks, set up as in the
 * documentation of each library. Each has a page `/me` that shows the signed-in user.
 */
import { createServer, type RequestListener } from 'node:http';
import { Auth, type AuthConfig, skipCSRFCheck } from '@auth/core';
import express, { type Express, type Request, type Response } from 'express';
import { auth } from 'express-openid-connect';
import session from 'express-session';
import passport from 'passport';
import OpenIDConnectStrategy, { type Profile, type VerifyCallback } from 'passport-openidconnect';

/** The address of an application, and its client. */
export interface Site {
  readonly address: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface SignedIn {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

export interface Framework {
  readonly name: string;
  readonly clientId: string;
  /** Where its documentation says that the answer comes. */
  readonly callback: string;
  /** What its client needs beside what every client has. */
  readonly registration: Readonly<Record<string, unknown>>;
  /** The address at which a user begins. */
  readonly start: string;
  create(site: Site): RequestListener;
}

const cookieSecret = 'a secret of the application alone, for its own cookies';

const expressOpenidConnect: Framework = {
  name: 'express-openid-connect',
  clientId: 'express-openid-connect',
  callback: '/callback',
  registration: { id_token_claims: 'from_scopes' },
  start: '/login',
  create({ address, issuer, clientId, clientSecret }) {
    const app = express();
    app.use(
      auth({
        issuerBaseURL: issuer,
        baseURL: address,
        clientID: clientId,
        clientSecret,
        secret: cookieSecret,
        authRequired: false,
        // Its default is the implicit flow with form_post.
        authorizationParams: { response_type: 'code', scope: 'openid profile email' },
      }),
    );
    app.get('/me', (request, response) => {
      const { name, email } = (request.oidc.user ?? {}) as SignedIn;
      response.json({ name, email });
    });
    return app as RequestListener;
  },
};

const authJs: Framework = {
  name: 'Auth.js',
  clientId: 'auth-js',
  callback: '/auth/callback/keywright',
  registration: { id_token_claims: 'from_scopes' },
  start: '/auth/signin/keywright',
  create({ issuer, clientId, clientSecret, address }) {
    const config: AuthConfig = {
      basePath: '/auth',
      secret: cookieSecret,
      trustHost: true,
      skipCSRFCheck,
      providers: [
        { id: 'keywright', name: 'Keywright', type: 'oidc', issuer, clientId, clientSecret },
      ],
    };
    const findUser = async (cookie: string): Promise<SignedIn> => {
      const asked = new globalThis.Request(`${address}/auth/session`, { headers: { cookie } });
      const answer = await Auth(asked, config);
      const { user } = ((await answer.json()) ?? {}) as { readonly user?: SignedIn };
      return { name: user?.name, email: user?.email };
    };
    const app = express();
    app.use(express.text({ type: '*/*' }));
    app.get('/me', (request, response, next) => {
      findUser(request.headers.cookie ?? '').then((user) => response.json(user), next);
    });
    app.use('/auth', (request, response, next) => {
      Auth(toWebRequest(request, address), config).then((answer) => send(answer, response), next);
    });
    return app as RequestListener;
  },
};

function toWebRequest(request: Request, address: string): globalThis.Request {
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return new globalThis.Request(`${address}${request.originalUrl}`, {
    method: request.method,
    headers,
    body: request.method === 'POST' ? String(request.body) : null,
  });
}

async function send(answer: globalThis.Response, response: Response): Promise<void> {
  for (const cookie of answer.headers.getSetCookie()) response.append('set-cookie', cookie);
  const location = answer.headers.get('location');
  if (location !== null) response.setHeader('location', location);
  response.status(answer.status).send(await answer.text());
}

const passportOpenidConnect: Framework = {
  name: 'passport-openidconnect',
  clientId: 'passport',
  callback: '/oauth2/redirect',
  // It sends no code_challenge and has no setting for it.
  registration: { id_token_claims: 'from_scopes', require_pkce: false },
  start: '/login',
  create({ issuer, clientId, clientSecret, address }) {
    const one = new passport.Passport();
    const strategy = new OpenIDConnectStrategy(
      {
        issuer,
        authorizationURL: `${issuer}/authorize`,
        tokenURL: `${issuer}/token`,
        userInfoURL: `${issuer}/userinfo`,
        clientID: clientId,
        clientSecret,
        callbackURL: `${address}/oauth2/redirect`,
        scope: ['profile', 'email'],
      },
      (_issuer: string, profile: Profile, done: VerifyCallback) =>
        done(null, { name: profile.displayName, email: profile.emails?.[0]?.value }),
    );
    one.use('keywright', strategy);
    one.serializeUser((user, done) => done(null, user));
    one.deserializeUser((user: SignedIn, done) => done(null, user));
    const app: Express = express();
    app.use(session({ secret: cookieSecret, resave: false, saveUninitialized: false }));
    app.use(one.session());
    app.get('/login', one.authenticate('keywright'));
    app.get('/oauth2/redirect', one.authenticate('keywright', { successRedirect: '/me' }));
    app.get('/me', (request, response) => void response.json(request.user ?? {}));
    return app as RequestListener;
  },
};

export const frameworks: readonly Framework[] = [
  expressOpenidConnect,
  authJs,
  passportOpenidConnect,
];

/** Serves at its own port until `close`. */
export async function serve(port: number, listener: RequestListener): Promise<{ close(): void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
