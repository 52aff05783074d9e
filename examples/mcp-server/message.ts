/** The JSON-RPC message of a request, within bounds. */
import type { IncomingMessage } from 'node:http';
import { GuardRefusal } from '@keywright/guard';

const longest = 64 * 1024;

/**
 * Undefined for what is no JSON: then the transport says so, in the way of its protocol. @throws
 * GuardRefusal for too much
 */
export async function readMessage(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longest) throw new GuardRefusal('body_too_large');
    chunks.push(chunk);
  }
  return parse(Buffer.concat(chunks).toString('utf8'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
