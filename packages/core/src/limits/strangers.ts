/**
 * Anybody can ask in the name of a client without a secret. What such a request has us keep is bounded here, exactly and always: the store
 * must not fill up by people who prove nothing.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { throttled } from '../errors.ts';
import type { Client } from '../model.ts';
import type { Bucket } from '../ports.ts';
import { networkOf } from '../rules/network.ts';

export interface StrangerLimit extends Omit<Bucket, 'key'> {
  readonly name: string;
}

/** Of one client from one network. Takes nothing of a client that authenticates. Throws throttled. */
export async function takeOfStranger(
  { store }: Core,
  { id: clientId, authenticationMethods }: Client,
  remoteAddress: string,
  { name, intervalSeconds, burst }: StrangerLimit,
  now: number,
): Promise<void> {
  if (!authenticationMethods.includes('none')) return;
  const network = networkOf(remoteAddress);
  const key = `${name}:${digest(`${clientId} ${network}`)}`;
  const wait = await store.throttles.take([{ key, intervalSeconds, burst }], now);
  const policy = { name, quota: burst, windowSeconds: Math.ceil(burst * intervalSeconds) };
  if (wait > 0) throw throttled(policy, wait, { clientId, network });
}
