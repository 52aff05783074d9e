/** The part of the contract about the documents of an API (RFC 9728). */
import { expect, it } from 'vitest';
import { audience, type Current, issuer } from './fixture.ts';

const metadata = '/.well-known/oauth-protected-resource';

export function describeDocuments(current: Current): void {
  it('answers its metadata to everybody, from every origin (RFC 9728 §3)', async () => {
    const { ask } = current();
    for (const target of [metadata, `${metadata}?x=1`]) {
      const reply = await ask(target);
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toBe('application/json');
      expect(reply.headers['access-control-allow-origin']).toBe('*');
      expect(reply.body).toMatchObject({ resource: audience, authorization_servers: [issuer] });
    }
  });

  it('answers HEAD and a browser that asks first', async () => {
    const { ask } = current();
    const head = await ask(metadata, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    const headers = ['origin', 'https://app.example', 'access-control-request-method', 'GET'];
    const asked = await ask(metadata, { method: 'OPTIONS', headers });
    expect([asked.status, asked.text]).toEqual([204, '']);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
    });
  });

  it.each([
    ['POST', metadata],
    ['GET', `${metadata}/other`],
    ['GET', `${metadata}x`],
    ['GET', '/.well-known/openid-configuration'],
    ['GET', `/x${metadata}`],
  ])('leaves %s %s to the API', async (method, path) => {
    const reply = await current().ask(path, { method });
    expect([404, 405, 500]).toContain(reply.status);
    expect(reply.body['resource']).toBeUndefined();
  });
}
