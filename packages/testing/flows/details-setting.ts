/**
 * The platform of the flows, with types of authorization details: access to single buildings, and
 * one payment.
 */
import type { ApiRegistration, ClientRegistration } from '@keywright/core';
import {
  type Answer,
  type Browser,
  readForm,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';
import {
  ada,
  apis,
  authorizeLink,
  buildings,
  clients,
  createSunrise,
  redeem,
  type Words,
} from './sunrise.ts';

export const buildingAccess = 'building_access';
export const payment = 'payment';

const buildingType = {
  type: buildingAccess,
  name: 'Access to single buildings',
  description: 'It may {actions} these, and no other',
  resources: 'buildings',
  schema: {
    type: 'object',
    properties: {
      actions: {
        type: 'array',
        items: { type: 'string', enum: ['read', 'write'], words: { read: 'see', write: 'change' } },
      },
      buildings: { type: 'array', items: { type: 'string', maxLength: 40 }, maxItems: 12 },
      note: { type: 'string', title: 'Note' },
    },
    required: ['actions', 'buildings'],
  },
};

const paymentType = {
  type: payment,
  name: 'One payment',
  description: 'Pay {amount} to {creditor}',
  every_time: true,
  schema: {
    type: 'object',
    properties: {
      amount: {
        type: 'object',
        properties: {
          value: { type: 'integer', minimum: 1 },
          currency: { type: 'string', enum: ['EUR'] },
        },
        required: ['value', 'currency'],
      },
      creditor: { type: 'string' },
      urgent: { type: 'boolean', title: 'Urgent' },
    },
    required: ['amount', 'creditor'],
  },
};

const withTypes: Readonly<Record<string, ApiRegistration['authorization_details_types']>> = {
  'Sunrise Buildings': [buildingType],
  'Sunrise Billing': [paymentType],
};

export const detailApis: readonly ApiRegistration[] = apis.map((api) => ({
  ...api,
  authorization_details_types: withTypes[api.name],
}));

const asking = ['heatlens', 'portal', 'spa', 'collector'];

export const detailClients: readonly ClientRegistration[] = clients.map((client) =>
  asking.includes(client.client_id ?? '')
    ? { ...client, authorization_details_types: [buildingAccess, payment] }
    : client,
);

export function createWithDetails(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createSunrise({ apis: detailApis, clients: detailClients, ...options });
}

/** Details for reading the named buildings. */
export function reading(...names: readonly string[]) {
  return { type: buildingAccess, actions: ['read'], buildings: names };
}

export function asParameter(...details: readonly unknown[]): string {
  return JSON.stringify(details);
}

/** Up to the consent page, or to the answer if nothing is asked. */
export async function reachConsent(
  platform: TestPlatform,
  browser: Browser,
  words: Words,
): Promise<Answer> {
  let answer = await browser.get(authorizeLink(words));
  if (answer.headers['location'] === undefined) return answer;
  if (answer.location.pathname === '/sign-in')
    answer = await platform.signIn(browser, ada, answer.location);
  return answer.location.origin === platform.issuer ? browser.get(answer.location.href) : answer;
}

/** Allows what the page shows, with these boxes ticked. */
export async function allowTicked(
  browser: Browser,
  page: Answer,
  ticked: readonly string[],
): Promise<URLSearchParams> {
  const form = {
    ...readForm(page),
    decision: 'allow',
    detail: ticked,
    scope: ['measurements:read'],
  };
  return (await browser.post('/consent', form)).location.searchParams;
}

/**
 * The answer of the token endpoint after a whole sign-in of Ada. `ticked` are numbers of boxes.
 */
export async function obtainWithDetails(
  platform: TestPlatform,
  details: readonly unknown[],
  ticked: readonly string[],
  words: Words = {},
  browser: Browser = platform.browser(),
): Promise<Answer> {
  const asked = { authorization_details: asParameter(...details), ...words };
  const page = await reachConsent(platform, browser, asked);
  const answer =
    page.headers['location'] === undefined
      ? await allowTicked(browser, page, ticked)
      : page.location.searchParams;
  return redeem(platform, answer.get('code') ?? '', { resource: buildings });
}
