export * from './error-description.ts';
export * from './grants.ts';
export * from './refusals.ts';
export * from './scopes.ts';
