/** Checks the mail server beyond the types of its settings. */
import type { ConfigProblem } from '@keywright/core';
import { isLoopbackHost } from './issuer.ts';
import type { DeclaredConfiguration } from './schema.ts';

export function checkMail({ mail }: DeclaredConfiguration, problems: ConfigProblem[]): void {
  if (mail === undefined) return;
  const say = (path: string, message: string) => void problems.push({ path, message });
  // Everybody on the way could read codes and links.
  if (mail.tls === 'none' && !isLoopbackHost(mail.host === '::1' ? '[::1]' : mail.host))
    say('mail.tls', 'must be starttls or implicit, because the host is not a loopback host');
  if ((mail.username === undefined) !== (mail.password === undefined))
    say('mail', 'needs both username and password, or neither');
}
