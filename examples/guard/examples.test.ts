/** Every example as it stands: started by Node, and asked over HTTP. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  assertProtected,
  type ExampleIssuer,
  startExample,
  startIssuer,
} from './testing-parts/stage.ts';

const folder = import.meta.dirname;
let issuer: ExampleIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const examples = readdirSync(folder).filter(
  (name) => name.endsWith('.ts') && !/^buildings|\.test\./.test(name),
);
const overHttp = examples.filter((name) => name !== 'mcp.ts');

describe('the examples of the guard', () => {
  it('exist for each framework', () => {
    expect(examples.toSorted()).toEqual(
      ['express', 'fastify', 'fetch', 'hono', 'koa', 'mcp', 'nest', 'node-http'].map(
        (name) => `${name}.ts`,
      ),
    );
  });

  it.each(overHttp)('include %s, which protects its buildings', async (name) => {
    await assertProtected(await startExample(path.join(folder, name), issuer), issuer);
  });

  it('include mcp.ts, which protects its tools', async () => {
    const address = await startExample(path.join(folder, 'mcp.ts'), issuer, '/mcp');
    const refused = await fetch(address, { method: 'POST' });
    const metadata = address.replace('/mcp', '/.well-known/oauth-protected-resource/mcp');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="${address}", resource_metadata="${metadata}", scope="buildings:read"`,
    ]);
    expect(await (await fetch(metadata)).json()).toMatchObject({ resource: address });
    const headers = { authorization: `Bearer ${issuer.token(address)}` };
    const client = new Client({ name: 'test', version: '1.0.0' });
    onTestFinished(() => client.close());
    await client.connect(
      new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }),
    );
    const show = async (id: string) =>
      client.callTool({ name: 'show_building', arguments: { id } });
    expect(JSON.stringify(await show('b-1'))).toContain('Harbour House');
    for (const id of ['b-2', 'b-3']) expect(await show(id)).toMatchObject({ isError: true });
  });
});
