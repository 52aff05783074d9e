/**
 * The example of an MCP server, the authorization server of its own configuration file, and a host
 * with an agent's metadata.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { createSelfSigned } from '../../packages/jwt/src/testing-parts/certificates.ts';
import { findFreePorts } from '../ports.ts';
import { collectOutput, end, root, waitForAnswer } from '../process.ts';
import { prepareServer, startServer } from '../server-process.ts';
import { redirectUrl } from './agent.ts';

export const ada = { email: 'ada@example.com', password: 'correct horse battery staple' };
const example = path.join(root, 'examples/mcp-server');

export interface Setting {
  readonly issuer: string;
  /** Of the authorization server, for commands. */
  readonly configuration: string;
  readonly mcp: string;
  /** Where the agent's metadata is. */
  readonly document: string;
  stop(): Promise<void>;
}

export async function openSetting(): Promise<Setting> {
  const [port = 0, mcpPort = 0, hostPort = 0] = await findFreePorts(3);
  const mcp = `http://localhost:${mcpPort}/mcp`;
  const folder = prepareServer(port, configurationFor(mcp));
  const { issuer, file: configuration } = folder;
  const host = await publishDocument(hostPort);
  const running: ChildProcess[] = [];
  const stop = async () => {
    host.close();
    await Promise.all(running.map((child) => end(child, 'SIGTERM')));
    folder.remove();
  };
  try {
    const environment = { NODE_EXTRA_CA_CERTS: host.authority };
    running.push(await startServer(configuration, { issuer, fetch }, environment));
    running.push(await startExample(issuer, mcp, mcpPort));
    return { issuer, configuration, mcp, document: host.document, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The example's file, with what is another one here. */
function configurationFor(mcp: string): object {
  const declared = parse(readFileSync(path.join(example, 'keywright.yaml'), 'utf8'));
  const { issuer: _issuer, sealing_key_file: _file, apis, ...rest } = declared;
  return {
    ...rest,
    apis: [{ ...apis[0], identifier: mcp }],
    cache_seconds: 0,
    danger_outbound_to_private_networks: ['127.0.0.0/8', '::1/128'],
  };
}

async function startExample(issuer: string, audience: string, port: number) {
  const env = {
    ...process.env,
    ISSUER: issuer,
    AUDIENCE: audience,
    PORT: String(port),
    HOST: 'localhost',
  };
  const child = spawn(process.execPath, [path.join(example, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  try {
    await waitForAnswer(child, audience);
    return child;
  } catch (error) {
    await end(child, 'SIGKILL');
    throw new Error(`The example did not start: ${output()}`, { cause: error });
  }
}

/**
 * Uses https, as ids require, with a certificate that the authorization server is configured to
 * trust.
 */
async function publishDocument(port: number) {
  const { cert, key } = createSelfSigned({ subject: [['CN', 'localhost']], dns: ['localhost'] });
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-agent-'));
  const authority = path.join(folder, 'authority.pem');
  writeFileSync(authority, cert);
  const document = `https://localhost:${port}/oauth/client.json`;
  const metadata = {
    client_id: document,
    client_name: 'Aria Assistant',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
  const server = createServer({ cert, key }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    document,
    authority,
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
