import type { Places } from '../../model/services.ts';

export function createPlaces(most: number, refusal: () => Error): Places {
  let taken = 0;
  return {
    async use(work) {
      if (taken >= most) throw refusal();
      taken += 1;
      try {
        return await work();
      } finally {
        taken -= 1;
      }
    },
  };
}
