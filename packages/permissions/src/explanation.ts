/** One line for logs that says why it was decided so. */
import { type Decided, type Facts, nameEntity } from '@keywright/core';
import type { Judgement } from './judge.ts';
import { storedPermission } from './names.ts';

const mostNamed = 3;

export function explainStored({ permission }: Facts): string {
  if (permission === undefined) return 'no stored permission covers it';
  const { subject, action, resource } = permission;
  return `stored permission: ${nameEntity(subject)} may ${action} on ${nameEntity(resource)}`;
}

export function explain({ allowed, policies, failed }: Judgement, facts: Facts): Decided {
  if (failed) return { allowed: false, why: explainFailure(policies), fault: 'engine' };
  if (!allowed && policies.length === 0)
    return { allowed, why: `${explainStored(facts)}, and no policy permits it` };
  if (!allowed) return { allowed, why: `forbidden by ${nameAll(policies)}` };
  // If there are two explanations, the stored permission is shown, because it can be found and
  // deleted.
  if (policies.includes(storedPermission)) return { allowed, why: explainStored(facts) };
  return { allowed, why: `permitted by ${nameAll(policies)}` };
}

function explainFailure(policies: readonly string[]): string {
  return policies.length === 0
    ? 'the policies could not be evaluated'
    : `${nameAll(policies)} could not be evaluated`;
}

function nameAll(policies: readonly string[]): string {
  const named = policies.slice(0, mostNamed).map((policy) => JSON.stringify(policy.slice(0, 100)));
  const more = policies.length > mostNamed ? ` and ${policies.length - mostNamed} more` : '';
  return `${policies.length === 1 ? 'policy' : 'policies'} ${named.join(', ')}${more}`;
}
