import 'reflect-metadata';
import { All, Controller, Module, Req, Res, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { createNestGuard } from '../../adapters/nest.ts';
import type { Guard } from '../../guard.ts';
import { answerWith, contractRoutes } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';

export function mountNest(guard: Guard): Promise<Served> {
  return mount(guard, false);
}

/** Nest with its defaults: it parses bodies before it calls a guard. */
export function mountParsedNest(guard: Guard): Promise<Served> {
  return mount(guard, true);
}

async function mount(guard: Guard, bodyParser: boolean): Promise<Served> {
  const protect = createNestGuard<Request>(guard);
  const controllers = Object.entries(contractRoutes).map(([name, options]) => {
    const route = protect(options);
    class RouteController {
      answer(request: Request, response: Response): unknown {
        return answerWith(name, route.accessOf(request), (body, headers) =>
          response.set(headers).end(body),
        );
      }
    }
    decorate(RouteController, name, UseGuards(route));
    return RouteController;
  });
  class ApiModule {
    readonly controllers = controllers;
  }
  Module({ controllers })(ApiModule);
  const app = await NestFactory.create<NestExpressApplication>(ApiModule, {
    bodyParser,
    logger: false,
    forceCloseConnections: true,
  });
  app.use(protect.wellKnown);
  await app.listen(0, '127.0.0.1');
  return { origin: await app.getUrl(), close: () => void app.close() };
}

interface Answering {
  readonly prototype: { answer(request: Request, response: Response): unknown };
}

/**
 * Does what `@Controller`, `@UseGuards`, `@All`, `@Req` and `@Res` do. This runtime does not know
 * their syntax.
 */
function decorate(
  type: Answering & (new () => unknown),
  name: string,
  guarded: MethodDecorator,
): void {
  const { prototype } = type;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'answer') ?? {};
  Req()(prototype, 'answer', 0);
  Res()(prototype, 'answer', 1);
  All(['', '*rest'])(prototype, 'answer', descriptor);
  guarded(prototype, 'answer', descriptor);
  Controller(name)(type);
}
