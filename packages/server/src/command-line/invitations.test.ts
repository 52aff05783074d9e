import { describe, expect, test } from 'vitest';
import { configuration, useKeywright } from './testing-parts/keywright.ts';

const { run, write } = useKeywright();

const mail = { host: 'smtp.example', from: 'no-reply@sunrise.example' };

describe('keywright accounts invite', () => {
  const config = () => write('invite.json', { ...configuration, mail, sign_up: 'invite' });
  const commands = (...args: string[]) => run(['accounts', ...args, '--config', config()]);

  test('prints the link that the mail has, and the invitation is listed until it is withdrawn', async () => {
    const made = await commands('invite', 'Joan@example.org', '--expires', '1h', '--json');
    const { id, email, url, createdAt, expiresAt } = JSON.parse(made.out);
    expect(url).toMatch(/^http:\/\/localhost:4000\/sign-up\?invitation=[\w-]{43}$/);
    expect([email, expiresAt - createdAt]).toEqual(['Joan@example.org', 3600]);
    expect((await commands('invitations')).out).toMatch(
      new RegExp(`^${id} +Joan@example.org`, 'm'),
    );
    expect((await commands('withdraw-invitation', id)).out).toBe(
      `The invitation ${id} is withdrawn.\n`,
    );
    expect((await commands('withdraw-invitation', id)).err).toContain('There is no invitation');
    expect(JSON.parse((await commands('invitations', '--json')).out)).toEqual([]);
    const words = await commands('invite', 'joan@example.org');
    expect(words.out).toContain('joan@example.org gets a mail with this link');
  });

  test('says why nobody was invited', async () => {
    expect((await commands('invite', 'joan')).err).toContain('Nobody was invited: the address');
    expect((await commands('invite', 'joan@example.org', '--expires', '91d')).err).toContain(
      'it must be valid for a minute to 90 days',
    );
    await run(
      ['accounts', 'add', '--name', 'Ada', '--email', 'ada@example.com', '--config', config()],
      'tangle ember orbit',
    );
    expect((await commands('invite', 'ADA@example.com')).err).toContain('has an account already');
    const closed = write('closed.json', configuration);
    const { err } = await run(['accounts', 'invite', 'joan@example.org', '--config', closed]);
    expect(err).toContain('sign-up is closed');
  });
});
