/** A store to ask, filled in short words: `user:ada may read on building:1`. */
import type { Entity, Link, PermissionStore, Question } from '@keywright/core';
import { openSqliteStore } from '@keywright/store';

export function entity(name: string): Entity {
  const colon = name.indexOf(':');
  return { type: name.slice(0, colon), id: name.slice(colon + 1) };
}

export function question(
  subject: string,
  action: string,
  resource: string,
  more: Partial<Question> = {},
): Question {
  return {
    subject: entity(subject),
    action: { name: action },
    resource: entity(resource),
    ...more,
  };
}

export interface Stored {
  readonly permissions: PermissionStore;
  may(subject: string, action: string, resource: string): Promise<boolean>;
  link(kind: Link['kind'], lower: string, upper: string): ReturnType<PermissionStore['link']>;
  close(): Promise<void>;
}

export async function openStored(): Promise<Stored> {
  const store = await openSqliteStore({ file: ':memory:' });
  const { permissions } = store;
  return {
    permissions,
    may: (subject, action, resource) =>
      permissions.set({
        subject: entity(subject),
        action,
        resource: entity(resource),
        createdAt: 0,
      }),
    link: (kind, lower, upper) =>
      permissions.link({ kind, lower: entity(lower), upper: entity(upper), createdAt: 0 }),
    close: () => store.close(),
  };
}
