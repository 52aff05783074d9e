import { expect, it } from 'vitest';
import { parseSettings } from './settings.ts';

const api = { API_URL: 'https://api.example', RESOURCE: 'https://api.example' };
const client = { ISSUER: 'https://as.example', CLIENT_ID: 'sensors', CLIENT_SECRET: 'secret' };

it('the background service uses the API key where there is one, and needs no secret then', () => {
  const { credential } = parseSettings({ ...api, ...client, API_KEY: 'kwk_live_1' });
  expect(credential).toEqual({ apiKey: 'kwk_live_1' });
  expect(parseSettings({ ...api, API_KEY: 'kwk_live_1' })).toMatchObject({
    credential,
    intervalSeconds: 5,
  });
});

it('the background service uses the client’s secret if there is no API key', () => {
  const { credential } = parseSettings({ ...api, ...client, API_KEY: '' });
  expect(credential).toEqual({
    issuer: 'https://as.example',
    clientId: 'sensors',
    clientSecret: 'secret',
  });
});

it('the background service names each setting that is missing', () => {
  expect(() => parseSettings({})).toThrow('API_URL, RESOURCE, ISSUER, CLIENT_ID, CLIENT_SECRET');
  expect(() => parseSettings({ API_KEY: 'kwk_live_1' })).toThrow('API_URL, RESOURCE');
  expect(() => parseSettings({ ...api, ...client, INTERVAL_SECONDS: '0' })).toThrow(
    'INTERVAL_SECONDS',
  );
});
