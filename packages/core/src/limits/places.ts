/** So many at once, and nobody waits: who finds no place is told so at once, before anything was done for it. */
export interface Places {
  /** The work's result. Throws `refusal()` without a place. */
  use<T>(work: () => Promise<T>): Promise<T>;
}

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
