/**
 * Permissions on single resources: one command shares, another one ends the sharing, and a third
 * explains a refusal.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cast, secretOf } from './cast.ts';
import { runKeywright } from './command.ts';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const action = 'buildings:read';
const note = 'no stored permission covers it';

export function describeSharing(cast: () => Cast): void {
  describe('a building that is shared by a stored permission', () => {
    let token: string;
    let shared: string;
    let unshared: string;
    let permission: readonly [subject: string, action: string, resource: string];

    beforeAll(async () => {
      const { demo, guest } = cast();
      [shared = ''] = demo.sharing.shared;
      [unshared = ''] = demo.sharing.unshared;
      permission = [demo.sharing.subject, action, `building:${idOf(shared)}`];
      expect(demo.sharing.email).toBe(guest.email);
      token = await obtainToken(cast());
    });
    afterAll(() => command(cast(), 'permissions', 'set', ...permission));

    it('may be seen by whom it is shared with, and no other may', async () => {
      expect(cast().demo.resources.allowed).toEqual(expect.arrayContaining([shared, unshared]));
      expect(await ask(shared, token)).toMatchObject({ status: 200, body: { id: idOf(shared) } });
      expect(await ask(unshared, token)).toMatchObject({
        status: 403,
        body: { reason: 'resource_forbidden' },
      });
      const { body } = await ask(`${cast().demo.api}/buildings`, token);
      const ids = (body['buildings'] as readonly { readonly id: string }[]).map(({ id }) => id);
      expect(ids).toContain(idOf(shared));
      expect(ids).not.toContain(idOf(unshared));
    });

    it('may be seen, not changed, when the permission says so', async () => {
      const change = { method: 'PATCH', body: JSON.stringify({ name: 'Mine' }) };
      const headers = { 'Content-Type': 'application/json' };
      const answer = await ask(shared, token, { ...change, headers });
      expect(answer).toMatchObject({ status: 403, body: { reason: 'resource_forbidden' } });
    });

    it('is closed at the next call after the permission was deleted by command, and open after it was set', async () => {
      await command(cast(), 'permissions', 'delete', ...permission);
      expect((await ask(shared, token)).status).toBe(403);
      await command(cast(), 'permissions', 'set', ...permission);
      expect((await ask(shared, token)).status).toBe(200);
    });

    it('is told apart by keywright why: which rule refused whom, what, and where', async () => {
      const { body } = await ask(unshared, token);
      const told = JSON.parse(await why(cast(), body['decision'], '--json')) as object;
      expect(told).toMatchObject({
        decision: body['decision'],
        status: 403,
        rule: { reason: 'resource_forbidden', section: 'RFC 9110 §15.5.4' },
        clientId: cast().passwordApp.client_id,
        subject: cast().demo.sharing.subject.replace(/^user:/, ''),
        action,
        method: 'GET',
        path: new URL(unshared).pathname,
        // The reason of the decision point is in the log, and never in the answer.
        note,
      });
      expect(JSON.stringify(body)).not.toContain(note);
      const text = await why(cast(), body['decision']);
      for (const named of [
        'resource_forbidden',
        cast().passwordApp.client_id,
        action,
        idOf(unshared),
        note,
      ])
        expect(text).toContain(named);
      expect(text).not.toContain(token);
    });
  });
}

/** The log is written a moment after the answer. */
function why({ demo }: Cast, decision: unknown, ...flags: readonly string[]): Promise<string> {
  const args = ['why', String(decision), '--log', demo.api_log, ...flags];
  return vi.waitFor(async () => (await runKeywright(demo.configuration, ...args)).output, {
    timeout: 10_000,
    interval: 200,
  });
}

async function command({ demo }: Cast, ...args: readonly string[]): Promise<void> {
  await runKeywright(demo.configuration, ...args);
}

function idOf(building: string): string {
  return building.split('/').at(-1) ?? '';
}

/** Of the person with whom it is shared, by the platform's own application. */
async function obtainToken({ demo, guest, passwordApp }: Cast): Promise<string> {
  const response = await fetch(`${demo.issuer}/token`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${btoa(`${passwordApp.client_id}:${secretOf(passwordApp)}`)}`,
    },
    body: new URLSearchParams({
      grant_type: 'password',
      username: guest.email,
      password: guest.password,
      scope: `${action} buildings:write`,
      resource: demo.audience,
    }),
  });
  const { access_token: token } = (await response.json()) as { readonly access_token: string };
  return token;
}

async function ask(address: string, token: string, init: RequestInit = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  const response = await fetch(address, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
