/** Mails that wait in the store of a platform, as they would be sent. */
import { openMail, type Mail } from '@keywright/core';
import type { TestPlatform } from '../src/index.ts';

const hour = 3600;

/** Each is taken once. */
export async function takeMails({ store, ports, clock }: TestPlatform): Promise<readonly Mail[]> {
  const due = await store.deliveries.takeDue(clock.nowSeconds(), 100, hour);
  return Promise.all(
    due.map(async (delivery) => {
      await store.deliveries.done(delivery.id);
      const mail = openMail(ports, delivery);
      if (mail === undefined) throw new Error('the mail cannot be opened');
      return mail;
    }),
  );
}

/** The code of the one mail that waits, and the address of the link in it. */
export async function takeCode(
  platform: TestPlatform,
): Promise<{ readonly code: string; readonly address: string }> {
  const mails = await takeMails(platform);
  const [mail] = mails;
  if (mails.length !== 1 || mail === undefined || !('code' in mail.content))
    throw new Error(`no code but ${JSON.stringify(mails)}`);
  return mail.content;
}
