import { createServer } from 'node:http';
import { answerWellKnown, type Caller, createGuard } from '@keywright/guard';
import { createMcpGuard } from '@keywright/guard/mcp';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });
const protect = createMcpGuard(guard);

const serve = protect({ scope: 'buildings:read' }, async (request, response, { caller }) => {
  const server = createTools(caller);
  const transport = new StreamableHTTPServerTransport({});
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response);
});

function createTools({ subject }: Caller): McpServer {
  const server = new McpServer({ name: 'buildings', version: '1.0.0' });
  const inputSchema = { id: z.string() };
  server.registerTool(
    'show_building',
    { description: 'Shows a building', inputSchema },
    ({ id }) => {
      const resource = findBuilding(id);
      const may = resource !== undefined && isOwner({ subject, resource });
      const text = may
        ? JSON.stringify(resource)
        : 'There is no such building, or it is not yours.';
      return { content: [{ type: 'text', text }], isError: !may };
    },
  );
  return server;
}

createServer((request, response) => {
  if (answerWellKnown(guard, request, response)) return;
  if (request.url === new URL(AUDIENCE).pathname) serve(request, response);
  else response.writeHead(404).end();
}).listen(Number(PORT));
