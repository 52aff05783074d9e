/**
 * Reading JSON and answering with it. Refusals of tokens and permissions are the guard's: this
 * knows nothing of them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidInput } from './building.ts';

const longestBody = 16 * 1024;

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

export function sendCsv(response: ServerResponse, name: string, body: string): void {
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}.csv"`,
  });
  response.end(body);
}

/** Problem details (RFC 9457), as the guard answers too. */
export function sendProblem(
  response: ServerResponse,
  status: number,
  title: string,
  detail?: string,
): void {
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify({ title, status, detail }));
}

/** @throws InvalidInput for another type, too much, or no JSON */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new InvalidInput('The body must be application/json.');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBody) throw new InvalidInput('The body is too large.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new InvalidInput('The body is no JSON.');
  }
}
