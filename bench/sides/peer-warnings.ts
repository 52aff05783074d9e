/**
 * Imported before oidc-provider: it warns of its memory adapter and of a runtime that is no
 * long-term release. The first is chosen on purpose (peer.ts says why), the second is the same
 * runtime for every side.
 */
globalThis.console.warn = () => {};
