/** The data that links alone can make the server store is bounded. */
import { expect, it } from 'vitest';
import { asParameter, createWithDetails, reachConsent, reading } from './details-setting.ts';

it('an application without a consent page gets at most five hundred resources, whatever links users follow', async () => {
  const platform = await createWithDetails();
  const own = platform.browser();
  const redirect_uri = 'https://portal.sunrise.example/callback';
  const ask = async (round: number) => {
    const many = Array.from({ length: 8 }, (_, one) =>
      reading(...Array.from({ length: 12 }, (__, place) => `${round}-${one}-${place}`)),
    );
    const words = {
      client_id: 'portal',
      redirect_uri,
      scope: 'openid',
      authorization_details: asParameter(...many),
    };
    return (await reachConsent(platform, own, words)).location.searchParams;
  };
  for (let round = 0; round < 5; round += 1) expect((await ask(round)).has('code')).toBe(true);
  expect((await ask(5)).get('error')).toBe('invalid_authorization_details');
  expect((await ask(4)).has('code')).toBe(true);
  await platform.close();
});
