/** Signing keys in the admin API: list and rotate. */
import { parseAddress } from '../../kernel/json-api/listing.ts';
import { parseObject, wrong } from '../../kernel/json-api/members.ts';
import type { Core } from '../../kernel/core.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import { rotateKeys } from '../../kernel/keys/key-ring.ts';
import type { Client, StoredKey } from '../../model/entities.ts';
import type { Event } from '../../model/events.ts';
import type { KeyAlgorithm } from '../../model/key-ports.ts';

const longestLeadSeconds = 30 * 86_400;

export async function listKeys({ store }: Core, request: HttpRequest): Promise<HttpResponse> {
  parseAddress(request, []);
  return json({ keys: (await store.keys.list()).map(renderKey) });
}

function renderKey({ kid, algorithm, createdAt, activeAt, retiredAt }: StoredKey) {
  return { kid, alg: algorithm, created_at: createdAt, active_at: activeAt, retired_at: retiredAt };
}

/**
 * As by `keywright keys rotate`. `alg`: only this algorithm. `withdraw`: for keys that may be
 * stolen.
 */
export async function rotateSigningKeys(
  core: Core,
  request: HttpRequest,
  caller: Client,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const algorithm = memberOf(body, 'alg') ?? undefined;
  const { keyAlgorithms } = core.options;
  if (algorithm !== undefined && !(keyAlgorithms as readonly unknown[]).includes(algorithm))
    throw wrong(`alg must be one of ${keyAlgorithms.join(', ')}.`);
  const withdraw = memberOf(body, 'withdraw') ?? false;
  if (typeof withdraw !== 'boolean') throw wrong('withdraw must be true or false.');
  const lead = memberOf(body, 'lead_seconds') ?? undefined;
  if (lead !== undefined && !isLead(lead))
    throw wrong(`lead_seconds must be a whole number up to ${longestLeadSeconds}.`);
  const events = {
    emit: (event: Event) => core.events.emit({ ...event, by: caller.id } as Event),
  };
  const keys = await rotateKeys(
    { ...core, events },
    {
      algorithms: algorithm === undefined ? keyAlgorithms : [algorithm as KeyAlgorithm],
      withdraw,
      ...(lead === undefined ? {} : { leadSeconds: lead }),
    },
  );
  return json({ keys: keys.map(renderKey) }, 201);
}

function isLead(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= longestLeadSeconds
  );
}
