/**
 * The authorization server in this process, for tests: the same engine with a store in memory, a
 * clock that the test moves, accounts and clients, and a browser without pictures. It starts in a
 * few milliseconds.
 */
export { type Answer, createBrowser, type Browser, readForm, toAnswer } from './browser.ts';
export { createManualClock, type ManualClock } from './clock.ts';
export { totpAt } from './one-time-passwords.ts';
export {
  createTestPlatform,
  openPlatformsOn,
  type OpenStore,
  type TestPerson,
  type TestPlatform,
  type TestPlatformOptions,
} from './platform.ts';
