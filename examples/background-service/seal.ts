/**
 * Prints the Authorization header of one request, for looking at by hand: API_KEY=… RESOURCE=… node
 * seal.ts GET https://api.example/
 */
import { createApiKeyFetch } from '@keywright/client';

const { API_KEY: apiKey = '', RESOURCE: resource = '' } = process.env;
const [method = 'GET', address = resource] = process.argv.slice(2);

/** Sends everything but the request with the key, which is shown in its place. */
async function show(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const authorization = new Headers(init?.headers).get('authorization');
  if (authorization === null) return fetch(input, init);
  process.stdout.write(`Authorization: ${authorization}\n`);
  return new Response();
}

await createApiKeyFetch({ apiKey, resource, fetch: show })(address, { method });
