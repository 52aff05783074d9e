/**
 * Mails while the mail server is down, says nothing, refuses, or closes the connection before its
 * answer. Requests that send mails are not slower, each mail arrives, and none arrives twice except
 * where SMTP cannot say whether it arrived (RFC 5321 §4.5.4.1, §6.1).
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openForm } from './actors.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { addressOf, type Mailbox, type Mood, startMailbox } from './mailbox.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { newAddress, newNetwork, settingsOfPeople } from './people.ts';
import { record } from './report.ts';

const mailsOfMood = scaled(40);
/** So that each node tries at least once. */
const moodMilliseconds = 3000;
/** A mail that was tried is tried again after 15, 30, 60 and 120 seconds. */
const arriveWithinMilliseconds = 200_000;
const slowerByMilliseconds = 200;
const bad: readonly Mood[] = ['down', 'slow', 'refuses', 'closes'];

describeOnBothEngines('Mails while the mail server fails', (engine) => {
  let mailbox: Mailbox;
  let nodes: Nodes;

  beforeAll(async () => {
    mailbox = await startMailbox();
    nodes = await startNodes({ engine, count: 3, settings: settingsOfPeople(mailbox) });
  });
  afterAll(async () => {
    await nodes?.stop();
    await mailbox?.stop();
  });

  /** Asks for a code. Returns the address, and the milliseconds of the request. */
  async function ask(index: number) {
    const place = nodes.nodes[index % 3]!;
    const typed = {
      button: 'continue',
      values: { email: newAddress() },
      headers: newNetwork(),
    };
    const send = await openForm(place, '/sign-up', new Map(), typed);
    const begun = performance.now();
    const { answer } = await send(place);
    return { ...typed.values, ...answer, milliseconds: performance.now() - begun };
  }

  const askInMood = async (mood: Mood) => {
    mailbox.become(mood);
    const asked = await forEach(mailsOfMood, 2, ask);
    await wait(mood === 'good' ? 0 : moodMilliseconds);
    return asked;
  };

  const median = (all: readonly { readonly milliseconds: number }[]) =>
    all.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other)[
      Math.floor(all.length / 2)
    ] ?? Number.NaN;

  const idsFor = (email: string) =>
    mailbox.mails.filter((mail) => addressOf(mail) === email).map(({ messageId }) => messageId);

  async function waitForMails(emails: readonly string[]): Promise<readonly string[]> {
    const until = performance.now() + arriveWithinMilliseconds;
    for (;;) {
      const missing = emails.filter((email) => idsFor(email).length === 0);
      if (missing.length === 0 || performance.now() > until) return missing;
      await wait(500);
    }
  }

  it('arrive when it works again, and requests do not wait for it', async () => {
    await forEach(6, 2, ask);
    const usual = median(await askInMood('good'));
    const asked = new Map<Mood, Awaited<ReturnType<typeof askInMood>>>();
    for (const mood of bad) asked.set(mood, await askInMood(mood));
    mailbox.become('good');
    const all = [...asked.values()].flat();
    const missing = await waitForMails(all.map(({ email }) => email));
    const slowest = Math.max(...[...asked.values()].map(median));
    const others = all.filter(({ status }) => status !== 303).length;
    const twice = all.filter(({ email }) => new Set(idsFor(email)).size > 1);
    // One try for each mail falls into the time in which connections are closed.
    const again = all.filter(({ email }) => idsFor(email).length > 2);
    record({
      test: 20,
      title: `a mail server that is down, slow, refuses or closes, ${bad.length} × ${mailsOfMood} mails`,
      engine,
      asked: `all arrive, 0 with two ids, requests at most ${slowerByMilliseconds} ms slower`,
      reached:
        `${all.length - missing.length} of ${all.length} arrived, ${twice.length} with two ids, ` +
        `median ${Math.round(usual)} ms, then at most ${Math.round(slowest)} ms`,
      passed:
        missing.length + twice.length + again.length + others === 0 &&
        slowest <= usual + slowerByMilliseconds,
    });
    expect(missing).toEqual([]);
    expect(others).toBe(0);
    expect(twice).toEqual([]);
    expect(again).toEqual([]);
    expect(slowest).toBeLessThanOrEqual(usual + slowerByMilliseconds);
  });
});
