import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type ClientRegistration,
  clientRows,
  registrationMemberTypes,
} from '../client-registration.ts';
import { registerClient } from '../registration.ts';
import { renderMetadata } from './rendering.ts';
import { renderSettings, settingsOf } from './settings.ts';

const client: ClientRegistration = {
  kind: 'web',
  trust: 'first-party',
  client_name: 'Heatlens',
  publisher: 'Nordwind',
  client_uri: 'https://app.example',
  redirect_uris: ['https://app.example/cb'],
};
const samples = {
  text: 'x',
  texts: ['code'],
  flag: true,
  number: 7,
  address: 'https://app.example/x',
  addresses: ['https://app.example/x'],
  picture: 'data:image/png;base64,AAAA',
  object: { keys: [], audiences: [], impersonation: true, delegation: false },
} as const;
/** Where another value is stored than the sample would be. */
const others: Readonly<Record<string, unknown>> = { require_pkce: false };

it.each(clientRows)(
  'the metadata member %s has a description and a specification',
  (_, { meaning, section }) => {
    expect(meaning).toMatch(/^[`A-Za-z].*\.$/);
    expect(section).toMatch(/^$|^(RFC \d+|OpenID Connect [-\w ]+|JARM|CIBA) §[\d.]+$/);
  },
);

it.each(clientRows)(
  'the metadata member %s is a property of a client, or is returned from its settings unchanged',
  (name, row) => {
    if (row.property !== undefined) {
      const random = { bytes: (length: number) => randomBytes(length) };
      const made = registerClient(client, { now: 1, random, apis: [], origin: 'command' }).client;
      expect(made).toHaveProperty(row.property);
      return;
    }
    const value = others[name] ?? samples[row.type];
    // The content encryption goes with its key management.
    const pair = name.endsWith('_enc') ? { [name.replace(/_enc$/, '_alg')]: 'y' } : {};
    const settings = settingsOf({ ...client, ...pair, [name]: value });
    const back = renderSettings(settings ?? {}, (one) => one.name === name)[name];
    // Of this one its three members are stored; a key set is stored as it came.
    if (name === 'token_exchange')
      expect(back).toEqual({ impersonation: true, delegation: false, audiences: [] });
    else expect(back).toEqual(value);
  },
);

it('all metadata that a client may set is in the answer of its registration', () => {
  const hidden = clientRows.filter(([, { isHidden }]) => isHidden === true).map(([name]) => name);
  expect(hidden.filter((name) => Object.hasOwn(registrationMemberTypes, name))).toEqual([]);
  const random = { bytes: (length: number) => randomBytes(length) };
  const said = {
    ...client,
    id_token_claims: 'from_scopes',
    require_pkce: false,
    profile: 'oauth-2.1',
  };
  const made = registerClient(said, { now: 1, random, apis: [], origin: 'command' }).client;
  const told = renderMetadata(made);
  for (const name of hidden) expect(told).not.toHaveProperty(name);
});
