/**
 * Imported before oidc-provider: it warns of its memory adapter, of a runtime that is no long-term
 * release, and of lifetimes that are left as they come. All three are chosen here.
 */
globalThis.console.warn = () => {};
globalThis.console.info = () => {};
