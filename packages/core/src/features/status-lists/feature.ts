/** Token status lists (draft-ietf-oauth-status-list). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { createStatusListRoute, handleStatusLists } from './lists.ts';

const machine = { channel: 'json', cors: true } as const;

export const statusLists: Feature<'base'> = {
  name: 'base',
  routes: () => ({
    '/status-lists': { methods: { GET: handleStatusLists }, ...machine },
    '/status-lists/*': { ...createStatusListRoute(), ...machine },
  }),
};
