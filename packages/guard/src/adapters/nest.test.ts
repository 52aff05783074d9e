import 'reflect-metadata';
import { Catch, Controller, Get, Module, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Guard } from '../guard.ts';
import {
  asForm,
  bearer,
  createGuardFixture,
  createStage,
  type Stage,
} from '../testing-parts/fixture.ts';
import { createNestGuard } from './nest.ts';

type Class = new () => object;

async function stageOf(build: (guard: Guard) => Class): Promise<Stage> {
  const stage = await createStage(async (guard) => {
    const controllers = [build(guard)];
    class ApiModule {
      readonly controllers = controllers;
    }
    Module({ controllers })(ApiModule);
    const options = { logger: false, forceCloseConnections: true } as const;
    const app = await NestFactory.create<NestExpressApplication>(ApiModule, options);
    app.setGlobalPrefix('v1').enableCors();
    await app.listen(0, '127.0.0.1');
    return { origin: await app.getUrl(), close: () => void app.close() };
  });
  onTestFinished(() => stage.served.close());
  return stage;
}

/**
 * Does what decorators of a method and its parameter do. This runtime does not know their syntax.
 */
function decorate(type: Class, name: string, ...decorators: readonly MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name)!;
  for (const one of decorators) one(type.prototype, name, descriptor);
  Req()(type.prototype, name, 0);
}

describe('the guard on NestJS', () => {
  it('protects a controller and a method of it, and gives each its access', async () => {
    const { ask, issuer, facts } = await stageOf((guard) => {
      const protect = createNestGuard<Request>(guard);
      const reading = protect({ scope: 'buildings:read' });
      const owning = protect({
        resource: ({ params }) => (params['id'] === '7' ? { size: 3 } : undefined),
      });
      class Houses {
        show(request: Request) {
          const { resource } = owning.accessOf(request);
          expectTypeOf(resource).toEqualTypeOf<{ size: number }>();
          return { size: resource.size, by: reading.accessOf(request).caller.subject };
        }

        change(request: Request) {
          return { body: request.body as unknown };
        }
      }
      decorate(Houses, 'show', Get(':id'), UseGuards(owning));
      decorate(Houses, 'change', Post());
      UseGuards(reading)(Houses);
      Controller('houses')(Houses);
      return Houses;
    });
    const headers = bearer(issuer.token());
    expect((await ask('/v1/houses/7', { headers })).body).toEqual({ size: 3, by: 'usr_ada' });
    expect((await ask('/v1/houses/8', { headers })).status).toBe(404);
    expect((await ask('/v1/houses/7')).status).toBe(401);
    expect(facts[0]?.target).toBe('/v1/houses/7');
    const form = asForm({ access_token: issuer.token(), name: 'x' });
    expect((await ask('/v1/houses', form)).body).toEqual({ body: { name: 'x' } });
  });

  it('answers refusals before filters that catch everything, and gives its errors to them', async () => {
    const caught: string[] = [];
    const { ask, issuer } = await stageOf((guard) => {
      class Everything {
        catch(error: Error, host: { getArgByIndex(index: number): Response }) {
          caught.push(error.message);
          host.getArgByIndex(1).status(418).json({});
        }
      }
      Catch()(Everything);
      const passing = createNestGuard<Request>(guard)({});
      class Houses {
        list() {
          throw new Error('mine');
        }
      }
      decorate(Houses, 'list', Get());
      UseGuards(passing)(Houses);
      UseFilters(Everything)(Houses);
      Controller('houses')(Houses);
      return Houses;
    });
    const refused = await ask('/v1/houses');
    expect([refused.status, refused.body['reason']]).toEqual([401, 'token_missing']);
    // Nest sets this header on every answer.
    expect(refused.headers['access-control-allow-origin']).toBe('*');
    expect((await ask('/v1/houses', { headers: bearer(issuer.token()) })).status).toBe(418);
    expect(caught).toEqual(['mine']);
  });

  it.each([
    ['ws', 'This guard is for HTTP routes, and this is ws.'],
    ['http', 'This guard is for NestJS on Express.'],
  ])('lets nobody in over anything but HTTP on Express (%s)', (type, message) => {
    const { guard } = createGuardFixture([]);
    // As Fastify's: the request of node:http is inside.
    const http = { getRequest: () => ({ raw: {}, headers: {} }), getResponse: () => ({}) };
    const context = { getType: () => type, switchToHttp: () => http };
    expect(() => createNestGuard(guard)({}).canActivate(context)).toThrow(message);
  });
});
