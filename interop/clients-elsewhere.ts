/**
 * `keywright serve` for clients in other languages. Their settings are in one file, whose path is
 * in `KEYWRIGHT_INTEROP`.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deviceCodeGrant, jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { rooms, roomsApi, withSecrets } from './rooms.ts';
import { prepareServer } from './server-process.ts';

const ada = { email: 'ada@example.com', password: 'correct horse battery staple' };
const partner = 'https://hr.partner.example';
const mcpScope = 'notes:read';

/** RSA, because each of the libraries can read it. */
function createKey(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    pem: privateKey.export({ type: 'pkcs1', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
  };
}

export interface Elsewhere {
  /** For the environment of the program. */
  readonly told: string;
  stop(): Promise<void>;
}

export async function openElsewhere(): Promise<Elsewhere> {
  const [port = 0, mcpPort = 0, sitePort = 0, toolPort = 0] = await findFreePorts(4);
  const [signer, stranger] = [createKey('signer-1'), createKey('partner-1')];
  const secrets: Record<string, string> = {};
  const site = `http://localhost:${sitePort}`;
  const tool = `http://localhost:${toolPort}/mcp`;
  const folder = prepareServer(port, configure(site, signer.jwk, stranger.jwk, secrets));
  const mcpFolder = prepareServer(mcpPort, configureMcp(tool, secrets));
  const folders = [folder, mcpFolder];
  const running: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((child) => end(child, 'SIGTERM')));
    for (const each of folders) each.remove();
  };
  const told = path.join(path.dirname(folder.file), 'told.json');
  const keys = { signer: signer.pem, partner: stranger.pem };
  const mcp = { issuer: mcpFolder.issuer, tool, scope: mcpScope };
  const facts = { issuer: folder.issuer, site, api: rooms, partner, ...ada, secrets, keys, mcp };
  writeFileSync(told, JSON.stringify(facts), { mode: 0o600 });
  try {
    for (const each of folders) running.push(await each.start());
    return { told, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const account = { ...ada, name: 'Ada Byron', email_verified: true };

function configure(
  site: string,
  signer: object,
  stranger: object,
  secrets: Record<string, string>,
): object {
  const scope = 'openid profile email offline_access rooms:read rooms:write';
  const web = {
    kind: 'web',
    trust: 'third-party',
    redirect_uris: [`${site}/callback`, `${site}/oauth2/callback`],
    post_logout_redirect_uris: [`${site}/`],
    scope,
  };
  const service = { kind: 'service', trust: 'first-party', scope: 'rooms:read rooms:write' };
  const clients = [
    { ...web, client_id: 'web' },
    { ...web, client_id: 'web-post', token_endpoint_auth_method: 'client_secret_post' },
    {
      ...web,
      client_id: 'web-key',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [signer] },
    },
    {
      ...web,
      client_id: 'web-signed',
      userinfo_signed_response_alg: 'RS256',
      id_token_signed_response_alg: 'ES256',
    },
    { ...web, client_id: 'proxy' },
    {
      ...web,
      client_id: 'house',
      trust: 'first-party',
      grant_types: ['authorization_code', 'refresh_token', 'password'],
    },
    {
      kind: 'native',
      trust: 'third-party',
      client_id: 'screen',
      grant_types: [deviceCodeGrant, 'refresh_token'],
      scope,
    },
    {
      kind: 'native',
      trust: 'third-party',
      client_id: 'desk',
      redirect_uris: ['http://127.0.0.1/callback'],
      scope,
    },
    { ...service, client_id: 'robot' },
    { ...service, client_id: 'robot-post', token_endpoint_auth_method: 'client_secret_post' },
    {
      ...service,
      client_id: 'robot-key',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [signer] },
    },
    {
      ...service,
      client_id: 'gateway',
      grant_types: ['client_credentials', tokenExchangeGrant],
      token_exchange: { impersonation: true, delegation: true, audiences: [rooms] },
    },
    { ...service, client_id: 'sync', grant_types: [jwtBearerGrant], assertion_issuers: [partner] },
    { ...service, client_id: 'rooms-api' },
  ];
  return {
    features: {
      device_authorization: true,
      token_exchange: true,
      jwt_assertions: true,
      registration: 'open',
    },
    assertion_issuers: [{ issuer: partner, jwks: { keys: [stranger] }, subjects: 'account_email' }],
    apis: [{ ...roomsApi, introspectors: ['rooms-api', 'gateway', 'robot-key'] }],
    clients: withSecrets(clients, secrets),
    accounts: [account],
  };
}

function configureMcp(tool: string, secrets: Record<string, string>): object {
  const robot = { client_id: 'mcp-robot', kind: 'service', trust: 'first-party', scope: mcpScope };
  return {
    profile: 'mcp',
    features: { registration: 'open' },
    registration: { scopes: ['openid', 'offline_access', mcpScope] },
    apis: [
      {
        identifier: tool,
        name: 'Notes',
        scopes: [{ name: mcpScope, description: 'Read your notes' }],
      },
    ],
    clients: withSecrets([robot], secrets),
    accounts: [account],
  };
}

/** The names of the tests in a folder beside this file. */
export function readNames(folder: string, declaration: RegExp): readonly string[] {
  const place = path.join(import.meta.dirname, folder);
  const files = readdirSync(place).filter((name) => /\.(go|rs)$/.test(name));
  const texts = files.map((name) => readFileSync(path.join(place, name), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(declaration)].map(([, name = '']) => name));
}

/** At the first run, everything is downloaded and built. */
export const buildMilliseconds = 1_800_000;

/** The output, for the reader of a failure. */
export function runProgram(
  program: string,
  args: readonly string[],
  folder: string,
  told: string,
): Promise<string> {
  const options = {
    cwd: path.join(import.meta.dirname, folder),
    env: { ...process.env, KEYWRIGHT_INTEROP: told },
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}${error?.message ?? ''}`);
    });
  });
}
