/**
 * Reads all entries, chain by chain. Checks that each entry is valid and follows the previous one,
 * and that none is missing.
 */
import type { AuditEntry, AuditHead } from '@keywright/core';
import { foundBy, isSignedHead, type Signer } from './chain.ts';
import { findForgery, linksOf, parseBody, type Said } from './said.ts';
import type { AuditSource, Fault, Verified } from './verified.ts';

const mostFaults = 100;

export class ChainCheck {
  /** The signed ends, by chain. */
  readonly heads = new Map<string, AuditHead>();
  readonly #source: AuditSource;
  readonly #signer: Signer | undefined;
  readonly #said: Said;
  readonly #faults: Fault[] = [];
  readonly #roots: { chain: string; at: number }[] = [];
  readonly #seen = new Set<string>();
  #count = 0;
  #former: AuditEntry | undefined;

  constructor(source: AuditSource, signer: Signer | undefined, said: Said) {
    this.#source = source;
    this.#signer = signer;
    this.#said = said;
  }

  get result(): Pick<Verified, 'entries' | 'chains' | 'faults' | 'roots'> {
    return {
      entries: this.#count,
      chains: this.#seen.size,
      faults: this.#faults,
      roots: this.#roots,
    };
  }

  addHead(head: AuditHead): void {
    if (this.#signer !== undefined && !isSignedHead(this.#signer, head))
      this.#fault(head, 'the end of this chain is not signed with the sealing key');
    this.heads.set(head.chain, head);
  }

  async step(entry: AuditEntry): Promise<void> {
    this.#count += 1;
    this.#checkEntry(entry);
    if (this.#former?.chain === entry.chain) this.#checkFollows(entry, this.#former);
    else {
      await this.#endChain();
      if (this.#seen.has(entry.chain)) this.#fault(entry, 'the chain continues in another place');
      this.#seen.add(entry.chain);
      this.#checkBeginning(entry);
    }
    const head = this.heads.get(entry.chain);
    if (head?.position === entry.position && head.hash !== entry.hash)
      this.#fault(entry, 'the signed end of the chain is another entry');
    this.#former = entry;
  }

  /** A chain that was not found must not be known from another source. */
  async end(): Promise<void> {
    await this.#endChain();
    this.#former = undefined;
    const isLeftOut = (signedAt: number) => signedAt < this.#said.prunedUntil;
    for (const head of this.heads.values())
      if (!this.#seen.has(head.chain) && !isLeftOut(head.signedAt))
        this.#fault(head, 'all entries of this chain are missing');
    for (const [chain, named] of this.#said.links)
      for (const link of [...named.values()].flat())
        if (!this.#seen.has(chain) && !this.heads.has(chain) && !isLeftOut(link.signedAt))
          this.#fault(link, 'the whole chain is missing, but another source knows it');
  }

  #fault({ chain, position }: Pick<Fault, 'chain' | 'position'>, what: string): void {
    if (this.#faults.length < mostFaults) this.#faults.push({ chain, position, what });
  }

  #checkEntry(entry: AuditEntry): void {
    const forgery = findForgery(entry, this.#signer);
    const body = parseBody(entry.body);
    if (forgery !== undefined) this.#fault(entry, forgery);
    else if (entry.type === 'audit.tampered')
      this.#fault(entry, `its process found the end of ${String(body['of'])} changed`);
    const found = foundBy(body);
    if (entry.account !== found.account || entry.clientId !== found.clientId)
      this.#fault(entry, 'the search columns differ from the content of the entry');
    const named = this.#said.links.get(entry.chain)?.get(entry.position) ?? [];
    if (named.some(({ hash }) => hash !== entry.hash))
      this.#fault(entry, 'another source has a different entry here');
  }

  #checkBeginning(entry: AuditEntry): void {
    if (entry.position > 1) {
      // Of the entries that are old enough to be left out, the last one stays.
      if (entry.at >= this.#said.prunedUntil) this.#fault(entry, 'earlier entries are missing');
      return;
    }
    if (entry.position !== 1 || entry.previous !== '' || entry.type !== 'chain.started')
      this.#fault(entry, 'the chain does not begin here');
    if (linksOf(entry.body).length === 0) this.#roots.push({ chain: entry.chain, at: entry.at });
  }

  #checkFollows(entry: AuditEntry, before: AuditEntry): void {
    const { position } = before;
    if (entry.position <= position)
      this.#fault(entry, 'the entry occurs twice, or is out of order');
    else if (entry.position > position + 1)
      this.#fault(
        { chain: entry.chain, position: position + 1 },
        'entries are missing from here on',
      );
    else if (entry.previous !== before.hash)
      this.#fault(entry, 'the entry does not follow the previous one');
    if (entry.at < before.at) this.#fault(entry, 'the entry is older than the previous one');
  }

  /** No entry is missing up to the head, and no entry is after it. */
  async #endChain(): Promise<void> {
    if (this.#former === undefined) return;
    const { chain, position } = this.#former;
    const head = this.heads.get(chain);
    if (head !== undefined && head.position > position)
      this.#fault({ chain, position: position + 1 }, 'entries are missing up to the signed end');
    else if (head?.position !== position) await this.#checkMovedHead(this.#former);
    const named = [...(this.#said.links.get(chain)?.values() ?? [])].flat();
    const beyond = named.find((link) => link.position > position);
    if (beyond !== undefined && (this.heads.get(chain)?.position ?? 0) < beyond.position)
      this.#fault(
        beyond,
        'an entry that another source knows is missing, because the end was cut off',
      );
  }

  /** The process has continued or started after the heads were read. */
  async #checkMovedHead(end: AuditEntry): Promise<void> {
    const head = await this.#source.loadHead(end.chain);
    if (head === undefined) return this.#fault(end, 'the signed end of this chain is missing');
    this.addHead(head);
    if (head.position < end.position)
      this.#fault(end, 'the entry is after the signed end of its chain');
  }
}
