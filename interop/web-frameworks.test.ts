/**
 * Libraries for web frameworks in JavaScript, set up as in their documentation: a signed-in user
 * has a name and an address there.
 */
import { randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';
import { Visitor } from './visitor.ts';
import { type Framework, frameworks, serve } from './web-frameworks.ts';

const ada = {
  email: 'ada@example.com',
  name: 'Ada Byron',
  password: randomBytes(16).toString('base64url'),
};
const clientSecret = randomBytes(32).toString('base64url');

interface Placed extends Framework {
  readonly port: number;
  readonly address: string;
}

describe('a web application', () => {
  let folder: ServerFolder;
  let server: ChildProcess;
  let placed: readonly Placed[];

  beforeAll(async () => {
    const [port = 0, ...ports] = await findFreePorts(1 + frameworks.length);
    placed = frameworks.map((one, at) => ({
      ...one,
      port: ports[at] ?? 0,
      address: `http://localhost:${ports[at]}`,
    }));
    folder = prepareServer(port, {
      clients: placed.map(({ name, clientId, callback, address, registration }) => ({
        client_id: clientId,
        client_secret: clientSecret,
        client_name: name,
        kind: 'web',
        trust: 'third-party',
        redirect_uris: [address + callback],
        scope: 'openid profile email',
        ...registration,
      })),
      accounts: [{ ...ada, email_verified: true }],
    });
    server = await folder.start();
  });
  afterAll(async () => {
    if (server !== undefined) await end(server, 'SIGTERM');
    folder?.remove();
  });

  it.each(frameworks.map(({ name }) => name))(
    'signs a user in by %s, with name and e-mail',
    async (name) => {
      const one = placed.find((candidate) => candidate.name === name);
      if (one === undefined) throw new Error(`${name} has no place`);
      const { issuer } = folder;
      const site = await serve(
        one.port,
        one.create({ address: one.address, issuer, clientId: one.clientId, clientSecret }),
      );
      try {
        const atSite = new Visitor(one.address);
        const begun =
          name === 'Auth.js'
            ? await begin(atSite, one.address + one.start)
            : await atSite.go(one.address + one.start);
        if (begun.kind !== 'left')
          throw new Error(`did not leave: ${begun.page.status} ${begun.page.html}`);
        const back = await new Visitor(issuer).authorize(begun.address, ada);
        expect(back.origin + back.pathname).toBe(one.address + one.callback);
        await atSite.go(back);
        const me = await atSite.go(`${one.address}/me`);
        const told = me.kind === 'page' ? (JSON.parse(me.page.html) as unknown) : undefined;
        expect(told).toEqual({ name: ada.name, email: ada.email });
      } finally {
        site.close();
      }
    },
  );
});

/** Auth.js begins by a POST, so that no foreign page can begin a sign-in. */
async function begin(visitor: Visitor, address: string) {
  const page = { url: new URL(address), status: 200, headers: new Headers(), html: '' };
  return visitor.post(page, address, new URLSearchParams());
}
