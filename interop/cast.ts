/** The participants of these tests: the demonstration's clients and accounts by their role. */
import { clientWhere, type Demo, type DemoAccount, type DemoClient } from './demonstration.ts';

export interface Cast {
  readonly demo: Demo;
  /** Owns the allowed resources. */
  readonly owner: DemoAccount;
  /** Owns other resources. One of the owner's is shared with this account. */
  readonly guest: DemoAccount;
  /** The third-party web application. */
  readonly app: DemoClient;
  /** Writes measurements without a user. */
  readonly service: DemoClient;
  /** The platform API's own client, which may introspect. */
  readonly introspector: DemoClient;
  /** A first-party application with the password grant switched on. */
  readonly passwordApp: DemoClient;
  /** A browser application with the implicit grant switched on. */
  readonly implicitApp: DemoClient;
}

function uses(client: DemoClient, grant: string): boolean {
  return client.grant_types.includes(grant);
}

function may(client: DemoClient, scope: string): boolean {
  return client.scope.split(' ').includes(scope);
}

export function castOf(demo: Demo): Cast {
  const [owner, guest] = demo.accounts;
  if (owner === undefined || guest === undefined) throw new Error('demo.json has no two accounts');
  return {
    demo,
    owner,
    guest,
    app: clientWhere(
      demo,
      'a third-party web application',
      (client) => client.kind === 'web' && client.trust === 'third-party',
    ),
    service: clientWhere(
      demo,
      'a service that writes measurements',
      (client) => client.kind === 'service' && may(client, 'measurements:write'),
    ),
    introspector: clientWhere(
      demo,
      'a service without scopes: the API itself',
      (client) => client.kind === 'service' && !may(client, 'measurements:write'),
    ),
    passwordApp: clientWhere(demo, 'allowed the password grant', (client) =>
      uses(client, 'password'),
    ),
    implicitApp: clientWhere(demo, 'allowed the implicit grant', (client) =>
      uses(client, 'implicit'),
    ),
  };
}

export function secretOf(client: DemoClient): string {
  if (client.client_secret === undefined) throw new Error(`${client.client_id} has no secret`);
  return client.client_secret;
}

export function redirectUriOf(client: DemoClient): string {
  const [uri] = client.redirect_uris;
  if (uri === undefined) throw new Error(`${client.client_id} has no redirect URI`);
  return uri;
}

/** Every scope that the app requests. */
export const appScope = 'openid profile email offline_access buildings:read measurements:read';
