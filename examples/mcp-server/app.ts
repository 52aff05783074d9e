/** The MCP endpoint: Streamable HTTP, without sessions, behind the guard. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  answerWellKnown,
  createGuard,
  type Decision,
  type GuardOptions,
  GuardRefusal,
} from '@keywright/guard';
import { createMcpGuard } from '@keywright/guard/mcp';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { readMessage } from './message.ts';
import { createNotebook } from './notebook.ts';
import { baseScope, createTools, scopesOf } from './tools.ts';

export interface AppOptions extends Pick<GuardOptions, 'onRefusal' | 'onFailed'> {
  readonly issuer: string;
  /** The address that clients know this server by: the `resource` that they ask tokens for. */
  readonly audience: string;
}

/** What a request asks for. Its body is read only once the caller is known. */
interface Call {
  readonly message: unknown;
}

export function createApp({ audience, ...options }: AppOptions): RequestListener {
  const guard = createGuard({
    ...options,
    audience,
    metadata: { name: 'Notebook', scopes: [baseScope] },
  });
  const protect = createMcpGuard<IncomingMessage>(guard);
  const notebook = createNotebook();
  const { pathname } = new URL(audience);

  const load = async (request: IncomingMessage): Promise<Call> => ({
    message: await readMessage(request),
  });
  const call = protect(
    { scope: baseScope, resource: load, can: assertScopes },
    async (request, response, { caller, resource }) => {
      const tools = createTools(notebook, `${caller.issuer} ${caller.subject}`);
      const transport = new StreamableHTTPServerTransport({});
      response.on('close', () => void tools.close());
      await tools.connect(transport);
      await transport.handleRequest(request, response, resource.message);
    },
  );
  // Without sessions there is nothing to listen to and nothing to end; strangers are not told even
  // that.
  const other = protect({ scope: baseScope }, (_request, response) => {
    response.writeHead(405, { allow: 'POST' }).end();
  });

  return (request: IncomingMessage, response: ServerResponse) => {
    // RFC 9728: where a client that was refused learns whom to ask for a token.
    if (answerWellKnown(guard, request, response)) return;
    if (request.url !== pathname) response.writeHead(404).end();
    else if (request.method === 'POST') call(request, response);
    else other(request, response);
  };
}

/**
 * What lacks a scope is answered with 403 `insufficient_scope`, and with every scope that the call
 * needs, those of the token too: clients ask for exactly what stands there, and would lose the
 * others.
 */
function assertScopes({ resource, caller }: Decision<Call>): true {
  const needed = scopesOf(resource.message);
  if (needed.some((scope) => !caller.scopes.has(scope)))
    throw new GuardRefusal('scope_insufficient', { scope: needed.join(' ') });
  return true;
}
