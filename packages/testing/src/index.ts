/**
 * The authorization server in this process, for tests: the same engine on a store in memory, a clock that the test
 * moves, people and clients to begin with, and a browser without pictures. Starts in a few milliseconds.
 */
export { type Answer, createBrowser, type Browser, readForm, toAnswer } from './browser.ts';
export { createManualClock, type ManualClock } from './clock.ts';
export {
  createTestPlatform,
  openPlatformsOn,
  type OpenStore,
  type TestPerson,
  type TestPlatform,
  type TestPlatformOptions,
} from './platform.ts';
