/**
 * How many notices of one kind an account gets. A person who has taken over a sign-in can cause
 * very many, to hide the one that matters, or to have the server's mails treated as spam. A mail
 * that was not stored is not counted, so a refused change uses nothing up.
 */
import type { Bucket, Mail } from '@keywright/core';
import { digest } from '@keywright/jwt';

/** After an hour without a notice of this kind, the next one is always sent. */
const rate = { burst: 5, intervalSeconds: 720 };

const limited: ReadonlySet<string> = new Set<Mail['content']['kind']>([
  'new_browser',
  'passkey_added',
  'passkey_removed',
  'password_changed',
  'second_factor',
]);

/** Undefined for mails that are always sent: those with a code or a link. */
export function noticeBucket({ to, content }: Mail): Bucket | undefined {
  if (!limited.has(content.kind)) return undefined;
  const change = content.kind === 'second_factor' ? content.change : '';
  return { key: `notices:${digest(`${content.kind} ${change} ${to}`)}`, ...rate };
}
