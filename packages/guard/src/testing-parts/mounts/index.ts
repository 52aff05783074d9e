/** Every adapter on its framework, serving the same routes: suites run over all of them. */
import type { Mount } from '../fixture.ts';
import { mountChainedExpress, mountExpress, mountParsedExpress } from './express.ts';
import { mountChainedFastify, mountFastify } from './fastify.ts';
import { mountFetch } from './fetch.ts';
import { mountChainedHono, mountHono, mountParsedHono } from './hono.ts';
import { mountChainedKoa, mountKoa, mountParsedKoa } from './koa.ts';
import { mountMcp } from './mcp.ts';
import { mountNest, mountParsedNest } from './nest.ts';
import { mountNode } from './node.ts';

export interface NamedMount {
  readonly name: string;
  readonly mount: Mount;
  /**
   * A parser of the framework reads bodies before the guard, and itself answers those that it
   * cannot read.
   */
  readonly parsesFirst?: boolean;
}

export const mounts: readonly NamedMount[] = [
  { name: 'node:http', mount: mountNode },
  { name: 'web-standard requests', mount: mountFetch },
  { name: 'Hono', mount: mountHono },
  { name: 'Hono behind its own parser', mount: mountParsedHono, parsesFirst: true },
  { name: 'Express', mount: mountExpress },
  { name: 'Express behind its own parser', mount: mountParsedExpress, parsesFirst: true },
  { name: 'Fastify', mount: mountFastify },
  { name: 'Koa', mount: mountKoa },
  { name: 'Koa behind a parser', mount: mountParsedKoa, parsesFirst: true },
  { name: 'NestJS', mount: mountNest },
  { name: 'NestJS behind its own parser', mount: mountParsedNest, parsesFirst: true },
  { name: 'MCP', mount: mountMcp },
];

/** The guard in the framework's chain. Handlers ask it for the access. NestJS has no other way. */
export const chainedMounts: readonly NamedMount[] = [
  { name: 'Hono, as a middleware', mount: mountChainedHono },
  { name: 'Express, as a middleware', mount: mountChainedExpress },
  { name: 'Fastify, as a hook', mount: mountChainedFastify },
  { name: 'Koa, as a middleware', mount: mountChainedKoa },
];
