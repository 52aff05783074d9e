/** The tools, and the scope that each needs. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import type { Notebook } from './notebook.ts';

/** Every call needs this one, also those that only ask what there is. */
export const baseScope = 'notes:read';

/** Scopes beyond the base, by tool. */
const scopesOfTools: ReadonlyMap<string, string> = new Map([['add_note', 'notes:write']]);

/** All that this JSON-RPC message needs (a batch: all that its messages need together). */
export function scopesOf(body: unknown): readonly string[] {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  const beyond = messages.map(toolOf).map((tool) => scopesOfTools.get(tool));
  return [...new Set([baseScope, ...beyond.filter((scope) => scope !== undefined)])];
}

const toolCall = z.object({
  method: z.literal('tools/call'),
  params: z.object({ name: z.string() }),
});

/** Empty for what is no call of a tool. */
function toolOf(message: unknown): string {
  return toolCall.safeParse(message).data?.params.name ?? '';
}

/** For one request of one person. */
export function createTools(notebook: Notebook, owner: string): McpServer {
  const server = new McpServer({ name: 'notebook', version: '1.0.0' });
  server.registerTool('list_notes', { description: 'All notes of the person, oldest first' }, () =>
    say(notebook.list(owner).join('\n') || 'There are no notes.'),
  );
  const inputSchema = { text: z.string().min(1).max(2000) };
  server.registerTool(
    'add_note',
    { description: 'Keeps a note for the person', inputSchema },
    ({ text }) => {
      notebook.add(owner, text);
      return say('Noted.');
    },
  );
  return server;
}

function say(text: string) {
  return { content: [{ type: 'text' as const, text }] };
}
