/** A platform whose services call the server's own API. Each has the rights that its name says. */
import {
  type Answer,
  createTestPlatform,
  type TestPlatform,
  type TestPlatformOptions,
  toAnswer,
} from '../src/index.ts';
import { tokensOf } from './sunrise.ts';

export const issuer = 'https://as.example';

const service = (client_id: string, scope: string) =>
  ({ client_id, kind: 'service', trust: 'first-party', client_name: client_id, scope }) as const;

export function createAccess(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createTestPlatform({
    clients: [
      service('manager', 'permissions:read permissions:write permissions:check'),
      service('reader', 'permissions:read'),
      service('writer', 'permissions:write'),
      service('checker', 'permissions:check'),
    ],
    ...options,
  });
}

export async function tokenOf(platform: TestPlatform, clientId: string): Promise<string> {
  const form = { grant_type: 'client_credentials', resource: `${platform.issuer}/admin` };
  const path = `${new URL(platform.issuer).pathname.replace(/\/$/, '')}/token`;
  return tokensOf(await platform.post(path, form, clientId)).access_token;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent unchanged, instead of `body`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request as a service sends it. `token` undefined: without one. */
export async function call(
  platform: TestPlatform,
  address: string,
  token: string | undefined,
  { method = 'POST', body, text, headers = {} }: Call = {},
): Promise<Answer> {
  const [path = '', query = ''] = address.split(/\?(.*)/s);
  const response = await platform.server.handle({
    method,
    path,
    query,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined && text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: text ?? (body === undefined ? '' : JSON.stringify(body)),
    remoteAddress: '192.0.2.1',
  });
  return toAnswer(response, platform.issuer);
}

/** A manager: short calls that set permissions and ask. */
export async function createManager(platform: TestPlatform) {
  const token = await tokenOf(platform, 'manager');
  const entity = (name: string) => {
    const colon = name.indexOf(':');
    return { type: name.slice(0, colon), id: name.slice(colon + 1) };
  };
  const put = (path: string, body: unknown) => call(platform, path, token, { method: 'PUT', body });
  const ask = (path: string, body: unknown) =>
    call(platform, `/access/v1/${path}`, token, { body });
  return {
    token,
    entity,
    ask,
    set: (subject: string, action: string, resource: string) =>
      put('/admin/permissions', {
        subject: entity(subject),
        action: { name: action },
        resource: entity(resource),
      }),
    join: (member: string, group: string) =>
      put('/admin/memberships', { member: entity(member), group: entity(group) }),
    place: (child: string, parent: string) =>
      put('/admin/parents', { child: entity(child), parent: entity(parent) }),
    may: async (subject: string, action: string, resource: string, more: object = {}) => {
      const question = {
        subject: entity(subject),
        action: { name: action },
        resource: entity(resource),
      };
      return (await ask('evaluation', { ...question, ...more })).json['decision'];
    },
    get: (path: string) => call(platform, path, token, { method: 'GET' }),
    remove: (path: string) => call(platform, path, token, { method: 'DELETE' }),
  };
}
