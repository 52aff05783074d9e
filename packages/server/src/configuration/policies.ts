/**
 * Finds the policies: in their own file, or in the configuration itself. They are read when the
 * server starts.
 */
import type { ConfigProblem } from '@keywright/core';
import type { DeclaredConfiguration } from './schema.ts';

export interface PolicyPlace {
  /** The setting that contains them. */
  readonly name: string;
  /** An absolute path. */
  readonly file?: string;
  readonly text?: string;
}

export function checkPolicies(
  { permissions }: DeclaredConfiguration,
  problems: ConfigProblem[],
): void {
  if (permissions?.policies === undefined || permissions.inline_policies === undefined) return;
  problems.push({
    path: 'permissions.inline_policies',
    message: 'cannot be used together with permissions.policies: choose one',
  });
}

export function toPolicyPlace(
  { permissions }: DeclaredConfiguration,
  resolve: (place: string, value: string) => string,
): PolicyPlace | undefined {
  const { policies: file, inline_policies: text } = permissions ?? {};
  const name = 'permissions.policies';
  if (file !== undefined) return { name, file: resolve(name, file) };
  return text === undefined ? undefined : { name: 'permissions.inline_policies', text };
}
