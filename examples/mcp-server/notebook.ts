/** What this server keeps: the notes of each person, in memory. */
export interface Notebook {
  list(owner: string): readonly string[];
  add(owner: string, note: string): void;
}

/** At most so many of one person; then the oldest goes. */
const most = 1000;

export function createNotebook(): Notebook {
  const notes = new Map<string, string[]>();
  return {
    list: (owner) => notes.get(owner) ?? [],
    add(owner, note) {
      notes.set(owner, [...(notes.get(owner) ?? []), note].slice(-most));
    },
  };
}
