import 'reflect-metadata';
import { createGuard } from '@keywright/guard';
import { createNestGuard } from '@keywright/guard/nest';
import { Controller, Get, Module, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { type Building, findBuilding, isOwner } from './buildings.ts';

const { ISSUER = '', AUDIENCE = '', PORT = '3000' } = process.env;
const guard = createGuard({ issuer: ISSUER, audience: AUDIENCE });
const protect = createNestGuard<Request>(guard);

const showing = protect({
  scope: 'buildings:read',
  resource: ({ params }: Request<{ id: string }>) => findBuilding(params.id),
  can: isOwner,
});

class BuildingsController {
  show(request: Request): Building {
    return showing.accessOf(request).resource;
  }
}

class AppModule {
  readonly name = 'buildings';
}

// What `@Controller('buildings')`, `@Get(':id') @UseGuards(showing)`, `@Req()` and `@Module(…)` do:
// Node runs this file as it stands, and has no such syntax.
const { prototype } = BuildingsController;
const show = Object.getOwnPropertyDescriptor(prototype, 'show') ?? {};
for (const decorate of [Get(':id'), UseGuards(showing)]) decorate(prototype, 'show', show);
Req()(prototype, 'show', 0);
Controller('buildings')(BuildingsController);
Module({ controllers: [BuildingsController] })(AppModule);

const app = await NestFactory.create<NestExpressApplication>(AppModule);
app.use(protect.wellKnown);
await app.listen(Number(PORT));
