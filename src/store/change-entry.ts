/** What a tool has changed, as a store keeps it until the HSS has told all of it. */
import type { OwedTermination } from '../ims/hss/store.js';

/** A subscription before the change; texts as the store has them. */
export interface ChangedText {
  readonly key: string;
  readonly members: string;
  /** Of one that is gone. */
  readonly state: string | undefined;
}

export interface Change {
  readonly privateIdentities: readonly string[];
  /** Only those that something is known of. */
  readonly before: readonly ChangedText[];
  /** Whose SQN begins anew from the data. */
  readonly recounted: readonly string[];
}

/** What the HSS has added to an entry, and those of several in their order. */
export interface ChangeInWork extends Change {
  readonly owed: readonly OwedTermination[];
}

/** The first line names who has changed; each list after it is a subscription, each object something else. */
export function encodeChange({ privateIdentities, before, recounted }: Change): string {
  const lines = before.map(({ key, members, state }) => JSON.stringify([key, members, state ?? null]));
  const more = recounted.length === 0 ? [] : [JSON.stringify({ recounted })];
  return [privateIdentities.join(' '), ...lines, ...more].join('\n');
}

/** The text with what S-CSCFs have to hear of it besides. */
export function withOwed(text: string, owed: readonly OwedTermination[]): string {
  return `${text}\n${JSON.stringify({ owed })}`;
}

interface Addition {
  readonly recounted?: readonly string[];
  readonly owed?: readonly OwedTermination[];
}

/**
 * Several in their order as one: what S-CSCFs know is how a subscription was at first; the state of one that is gone has
 * been the same since.
 */
export function decodeChanges(texts: readonly string[]): ChangeInWork {
  const privateIdentities = new Set<string>();
  const before = new Map<string, ChangedText>();
  const recounted = new Set<string>();
  const owed: OwedTermination[] = [];
  for (const text of texts) {
    const [identities = '', ...lines] = text.split('\n');
    for (const identity of identities.split(' ')) privateIdentities.add(identity);
    for (const line of lines) {
      const value = JSON.parse(line) as readonly [string, string, string | null] | Addition;
      if ('length' in value) {
        const [key, members, state] = value;
        const first = before.get(key);
        before.set(key, { key, members: first?.members ?? members, state: first?.state ?? state ?? undefined });
        continue;
      }
      for (const identity of value.recounted ?? []) recounted.add(identity);
      owed.push(...(value.owed ?? []));
    }
  }
  return { privateIdentities: [...privateIdentities], before: [...before.values()], recounted: [...recounted], owed };
}
