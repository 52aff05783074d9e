/** The decision point with the store of this product and the policies of the operator. */
import { readFileSync } from 'node:fs';
import { ConfigError, type DecisionPoint, type Store } from '@keywright/core';
import {
  createPermissionEngine,
  type PolicyFault,
  type PolicySource,
} from '@keywright/permissions';
import type { PolicyPlace } from './configuration/policies.ts';
import { describeFileFault } from './file-fault.ts';

/** Throws ConfigError if the policies cannot be loaded or parsed. */
export function openDecisions(
  store: Store,
  place: PolicyPlace | undefined,
  onFault: (fault: PolicyFault) => void,
): Promise<DecisionPoint> {
  const policies = place === undefined ? undefined : readPolicies(place);
  return createPermissionEngine({ store: store.permissions, policies, onFault });
}

function readPolicies({ name, file, text }: PolicyPlace): PolicySource {
  if (file === undefined) return { text: text ?? '', place: name };
  try {
    return { text: readFileSync(file, 'utf8'), place: file };
  } catch (error) {
    const message = `names ${file}, which ${describeFileFault(error, 'read')}`;
    throw new ConfigError([{ path: name, message }]);
  }
}
