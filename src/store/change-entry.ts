/** What a tool has changed, as a store keeps it until the HSS has seen it. */

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
}

/** The first line names who has changed, each other one is a subscription. */
export function encodeChange({ privateIdentities, before }: Change): string {
  const lines = before.map(({ key, members, state }) => JSON.stringify([key, members, state ?? null]));
  return [privateIdentities.join(' '), ...lines].join('\n');
}

/**
 * Several in their order as one: what S-CSCFs know is how a subscription was at first; the state of one that is gone has
 * been the same since.
 */
export function decodeChanges(texts: readonly string[]): Change {
  const privateIdentities = new Set<string>();
  const before = new Map<string, ChangedText>();
  for (const text of texts) {
    const [identities = '', ...lines] = text.split('\n');
    for (const identity of identities.split(' ')) privateIdentities.add(identity);
    for (const line of lines) {
      const [key, members, state] = JSON.parse(line) as [string, string, string | null];
      const first = before.get(key);
      before.set(key, { key, members: first?.members ?? members, state: first?.state ?? state ?? undefined });
    }
  }
  return { privateIdentities: [...privateIdentities], before: [...before.values()] };
}
