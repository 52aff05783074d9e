/**
 * The servers for the programs of this folder, and a file with their settings, whose path is in
 * `KEYWRIGHT_INTEROP`.
 */
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { deviceCodeGrant } from '@keywright/wire';
import { redirectUrl } from '../mcp/agent.ts';
import { ada, openSetting as openMcp, type Setting as Mcp } from '../mcp/setting.ts';
import { findFreePorts } from '../ports.ts';
import { end } from '../process.ts';
import { type Client, rooms, roomsApi, withSecrets } from '../rooms.ts';
import { prepareServer, type ServerFolder } from '../server-process.ts';

const callback = 'https://app.example/callback';

export interface Setting {
  /** For the environment of the programs. */
  readonly told: string;
  stop(): Promise<void>;
}

export async function openSetting(): Promise<Setting> {
  const [port = 0, benchPort = 0] = await findFreePorts(2);
  const keys = createKeys();
  const secrets: Record<string, string> = {};
  const folder = prepareServer(port, configure(keys, secrets));
  const bench = prepareServer(benchPort, configureBench());
  const running: ChildProcess[] = [];
  let mcp: Mcp | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([mcp?.stop(), ...running.map((child) => end(child, 'SIGTERM'))]);
    for (const each of [folder, bench]) each.remove();
  };
  try {
    running.push(await folder.start(), await bench.start());
    mcp = await openMcp();
    return { told: tell(folder, bench, mcp, { keys, secrets }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Known = { readonly keys: Keys; readonly secrets: Readonly<Record<string, string>> };

function tell(
  folder: ServerFolder,
  bench: ServerFolder,
  mcp: Mcp,
  { keys, secrets }: Known,
): string {
  const file = path.join(path.dirname(folder.file), 'told.json');
  const facts = {
    issuer: folder.issuer,
    bench: bench.issuer,
    callback,
    api: rooms,
    ...ada,
    secrets,
    keys: { ec: toPem(keys.ec.privateKey), rsa: toPem(keys.rsa.privateKey) },
    mcp: { issuer: mcp.issuer, server: mcp.mcp, document: mcp.document, redirect: redirectUrl },
  };
  writeFileSync(file, JSON.stringify(facts), { mode: 0o600 });
  return file;
}

type Keys = ReturnType<typeof createKeys>;

function createKeys() {
  return {
    ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' });
}

function clientsWith({ ec, rsa }: Keys): readonly Client[] {
  const jwks = { keys: [ec, rsa].map(({ publicKey }) => publicKey.export({ format: 'jwk' })) };
  const key = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  const scope = 'openid profile email offline_access rooms:read rooms:write';
  const web = {
    kind: 'web',
    trust: 'third-party',
    redirect_uris: [
      callback,
      'https://app.example/oidc/callback/',
      'https://app.example/complete/oidc/',
    ],
    post_logout_redirect_uris: ['https://app.example/signed-out'],
    scope,
  };
  const native = { kind: 'native', trust: 'third-party', scope };
  const service = { kind: 'service', trust: 'first-party', scope: 'rooms:read rooms:write' };
  return [
    { ...web, client_id: 'app' },
    { ...web, client_id: 'post', token_endpoint_auth_method: 'client_secret_post' },
    { ...web, client_id: 'hmac', token_endpoint_auth_method: 'client_secret_jwt' },
    { ...web, client_id: 'signer', ...key },
    { ...web, client_id: 'signed', id_token_signed_response_alg: 'RS256' },
    {
      ...web,
      client_id: 'house',
      trust: 'first-party',
      grant_types: ['authorization_code', 'refresh_token', 'password'],
    },
    {
      ...web,
      kind: 'browser',
      client_id: 'page',
      grant_types: ['authorization_code', 'refresh_token', 'implicit'],
    },
    { ...native, client_id: 'pocket', redirect_uris: ['com.example.pocket:/callback'] },
    { ...native, client_id: 'screen', grant_types: [deviceCodeGrant, 'refresh_token'] },
    { ...service, client_id: 'sync' },
    { ...service, client_id: 'sync-key', ...key },
    { ...service, client_id: 'rooms-api' },
  ];
}

const account = { ...ada, name: 'Ada Byron', email_verified: true };

function configure(keys: Keys, secrets: Record<string, string>): object {
  return {
    features: { device_authorization: true, registration: 'open' },
    apis: [{ ...roomsApi, introspectors: ['rooms-api'] }],
    clients: withSecrets(clientsWith(keys), secrets),
    accounts: [account],
  };
}

/** For clients that register themselves, with every response type, and without PKCE. */
function configureBench(): object {
  return {
    profile: 'oidc-certification',
    registration: { trust: 'third-party', limit: { per_second: 20, burst: 2000 } },
    accounts: [account],
  };
}
