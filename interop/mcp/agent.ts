/**
 * An agent: the client of the MCP SDK with its own authorization, and a memory for the data that it
 * must store.
 */
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';

export const redirectUrl = 'http://127.0.0.1:3334/callback';

export interface Memory {
  client?: OAuthClientInformationMixed | undefined;
  tokens?: OAuthTokens | undefined;
  verifier?: string | undefined;
}

export interface Agent {
  readonly memory: Memory;
  /** The addresses to which the user was sent. */
  readonly sentTo: readonly URL[];
  /**
   * Calls a tool and returns its answer. `ask` asks the user, as often as the SDK redirects them.
   */
  call(tool: string, args?: Record<string, unknown>): Promise<string>;
}

export interface AgentOptions {
  readonly server: string;
  /** Opens the page, and returns the address of the redirect back. */
  readonly ask: (address: URL) => Promise<URL>;
  /** The address of its metadata, if it has one. */
  readonly clientMetadataUrl?: string;
  readonly grantTypes?: readonly string[];
  readonly memory?: Memory;
}

export function createAgent({ server, ask, memory = {}, ...options }: AgentOptions): Agent {
  const sentTo: URL[] = [];
  const provider = createProvider(memory, options, sentTo);

  async function callOnce(tool: string, args: Record<string, unknown>): Promise<string> {
    const transport = new StreamableHTTPClientTransport(new URL(server), {
      authProvider: provider,
    });
    const client = new Client({ name: 'aria', version: '1.0.0' });
    try {
      await client.connect(transport);
      return textOf(await client.callTool({ name: tool, arguments: args }));
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      await transport.finishAuth(codeOf(await ask(last(sentTo))));
      return callOnce(tool, args);
    } finally {
      await client.close();
    }
  }

  return { memory, sentTo, call: (tool, args = {}) => callOnce(tool, args) };
}

function createProvider(
  memory: Memory,
  {
    clientMetadataUrl,
    grantTypes = ['authorization_code', 'refresh_token'],
  }: Partial<AgentOptions>,
  sentTo: URL[],
): OAuthClientProvider {
  return {
    redirectUrl,
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    clientMetadata: {
      client_name: 'Aria Assistant',
      redirect_uris: [redirectUrl],
      grant_types: [...grantTypes],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => crypto.randomUUID(),
    clientInformation: () => memory.client,
    saveClientInformation: (client) => void (memory.client = client),
    tokens: () => memory.tokens,
    saveTokens: (tokens) => void (memory.tokens = tokens),
    redirectToAuthorization: (address) => void sentTo.push(address),
    saveCodeVerifier: (verifier) => void (memory.verifier = verifier),
    codeVerifier: () => memory.verifier ?? '',
    invalidateCredentials(scope) {
      if (scope === 'all' || scope === 'client') memory.client = undefined;
      if (scope === 'all' || scope === 'tokens') memory.tokens = undefined;
    },
  };
}

function last(addresses: readonly URL[]): URL {
  const address = addresses.at(-1);
  if (address === undefined) throw new Error('nobody was sent anywhere');
  return address;
}

function codeOf({ searchParams }: URL): string {
  const code = searchParams.get('code');
  if (code === null) throw new Error(`no code: ${searchParams.get('error')}`);
  return code;
}

function textOf({ content, isError }: Awaited<ReturnType<Client['callTool']>>): string {
  const text = (content as readonly { readonly text?: string }[])
    .map((part) => part.text ?? '')
    .join('\n');
  if (isError === true) throw new Error(text);
  return text;
}
