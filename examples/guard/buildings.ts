/** What the examples protect: buildings, and who may see one. */
import type { Decision } from '@keywright/guard';

export interface Building {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
}

const buildings: readonly Building[] = [
  { id: 'b-1', name: 'Harbour House', owner: 'thermometer' },
  { id: 'b-2', name: 'Mill', owner: 'somebody-else' },
];

export function findBuilding(id: string | undefined): Building | undefined {
  return buildings.find((building) => building.id === id);
}

/** The one rule: who owns a building may see it. */
export function isOwner({
  subject,
  resource,
}: Pick<Decision<Building>, 'subject' | 'resource'>): boolean {
  return resource.owner === subject;
}
