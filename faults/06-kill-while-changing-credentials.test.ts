/**
 * kill -9 while users change their passwords, addresses, passkeys and authenticator apps. What was
 * acknowledged is there, with its mail. What was not acknowledged is there as a whole or not at
 * all: for example, no session is renewed while the password is the former one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chance, scaled, takeChance } from './chance.ts';
import {
  change,
  type Holder,
  newHolder,
  type Outcome,
  signsIn,
  type World,
} from './credentials.ts';
import { forEach } from './crowd.ts';
import { checkIntegrity } from './database.ts';
import { describeOnBothEngines } from './engines.ts';
import { addressOf, type Mailbox, startMailbox } from './mailbox.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { settingsOfPeople } from './people.ts';
import { record } from './report.ts';

const kills = scaled(40);
const atOnce = 6;
/** Long enough for a mail, a hash and a change. */
const longestPauseMilliseconds = 1500;
const leastChanges = kills * 3;
/** An attempt that was interrupted is repeated after 15 s, the next ones after 30 and 60. */
const mailWithinMilliseconds = 120_000;

describeOnBothEngines('kill -9 while users change what they sign in with', (engine) => {
  let mailbox: Mailbox;
  let nodes: Nodes;
  let chance: Chance;
  let world: World;

  beforeAll(async () => {
    chance = takeChance(`6. kill -9 while credentials change, ${engine}`);
    mailbox = await startMailbox();
    nodes = await startNodes({ engine, count: 3, settings: settingsOfPeople(mailbox) });
    world = { nodes, mailbox, chance };
  });
  afterAll(async () => {
    await nodes?.stop();
    await mailbox?.stop();
  });

  async function killInALoop(): Promise<void> {
    for (let made = 0; made < kills; made += 1) {
      await wait(chance.below(longestPauseMilliseconds));
      const killed = chance.next() < 0.75 ? [chance.pick(nodes.nodes)] : nodes.nodes;
      await Promise.all(killed.map((node) => node.kill('SIGKILL')));
      await Promise.all(killed.map((node) => node.restart()));
    }
  }

  /** Different mails to the addresses of this user, without those for codes. */
  function noticesOf({ addresses }: Holder): number {
    const own = mailbox.mails.filter((mail) => addresses.includes(addressOf(mail) ?? ''));
    const notices = own.filter(({ text = '' }) => !/^ *Code: \d+$/m.test(text));
    return new Set(notices.map(({ messageId }) => messageId)).size;
  }

  async function waitForNotices(holders: readonly Holder[]): Promise<readonly Holder[]> {
    const until = performance.now() + mailWithinMilliseconds;
    for (;;) {
      const others = holders.filter((holder) => noticesOf(holder) !== holder.changes);
      if (others.length === 0 || performance.now() > until) return others;
      await wait(500);
    }
  }

  it('loses nothing that was acknowledged, and leaves nothing by half', async () => {
    const outcomes: Outcome[] = [];
    const holders: Holder[] = [];
    const living = new Set<Holder>();
    const ready = [...(await forEach(atOnce, 2, () => newHolder(world)))];
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver) {
        const holder = ready.pop() ?? (await newHolder(world));
        holders.push(holder);
        const goesOn = () => ['acknowledged', 'unanswered'].includes(last);
        let last: Outcome = 'acknowledged';
        while (goesOn() && !isOver) {
          last = await change(holder, world);
          outcomes.push(last);
        }
        if (goesOn()) living.add(holder);
      }
    };
    const working = Promise.all(Array.from({ length: atOnce }, work));
    await Promise.race([working, killInALoop()]);
    isOver = true;
    await working;
    const withoutMail = await waitForNotices(holders);
    // Later, because a sign-in in a new browser sends a mail too.
    const shutOut: string[] = [];
    for (const holder of living) if (!(await signsIn(holder, world))) shutOut.push(holder.id);
    const faults = await checkIntegrity(nodes.database);
    const number = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length;
    const isWhole = number('lost') + number('half') + shutOut.length + withoutMail.length === 0;
    record({
      test: 6,
      title: `${kills} kills while users change passwords, addresses, passkeys and apps, 3 nodes`,
      engine,
      asked: '0 acknowledged changes lost, 0 half-written, one mail for each change',
      reached:
        `${number('lost')} of ${number('acknowledged')} lost (${number('unanswered') + number('unseen')} not answered), ` +
        `${number('half')} half-written, ${shutOut.length} of ${living.size} users shut out, ` +
        `${withoutMail.length} of ${holders.length} users with other mails`,
      passed: isWhole && faults.length === 0 && number('acknowledged') >= leastChanges,
    });
    expect({ lost: number('lost'), half: number('half'), shutOut }).toEqual({
      lost: 0,
      half: 0,
      shutOut: [],
    });
    expect(withoutMail.map((holder) => [holder.id, holder.changes, noticesOf(holder)])).toEqual([]);
    expect(faults).toEqual([]);
    expect(number('acknowledged')).toBeGreaterThanOrEqual(leastChanges);
  });
});
