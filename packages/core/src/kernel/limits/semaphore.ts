import type { Semaphore } from '../../model/services.ts';
import { sharesOfWider } from '../../rules/network.ts';

/**
 * The parts of all permits that the network of the caller, and the wider networks around it, may
 * have at most.
 */
const shares = [1 / 4, ...sharesOfWider];

export function createSemaphore(most: number, refusal: () => Error): Semaphore {
  let taken = 0;
  const takenOf = new Map<string, number>();

  const isFull = (network: string, index: number): boolean =>
    (takenOf.get(network) ?? 0) >= Math.ceil(most * (shares[index] ?? 1));

  const count = (networks: readonly string[], change: 1 | -1): void => {
    taken += change;
    for (const network of networks) {
      const changed = (takenOf.get(network) ?? 0) + change;
      if (changed === 0) takenOf.delete(network);
      else takenOf.set(network, changed);
    }
  };

  return {
    async use(networks, work) {
      if (taken >= most || networks.some(isFull)) throw refusal();
      count(networks, 1);
      try {
        return await work();
      } finally {
        count(networks, -1);
      }
    },
  };
}
