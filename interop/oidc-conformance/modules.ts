/** Every module of the plans, by its name in the suite. */
import type { Modules } from './module.ts';
import { answers } from './modules-answers.ts';
import { discoveries } from './modules-discovery.ts';
import { logouts } from './modules-logout.ts';
import { registrations } from './modules-registration.ts';
import { requests } from './modules-requests.ts';
import { signIns } from './modules-sign-in.ts';

export const modules: Modules = {
  ...answers,
  ...requests,
  ...signIns,
  ...registrations,
  ...logouts,
  ...discoveries,
};
