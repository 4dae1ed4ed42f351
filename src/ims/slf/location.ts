/** Which of several HSSs has an identity, of either kind: each is asked, so that what changes while they run is known at once. */
import { canonicalPrivateIdentity, identityKey } from '../identity/index.js';
import { identitiesOf } from '../subscription/subscriber.js';
import type { SubscriberDatabase } from './config.js';

/** Origin-Hosts of those that have it: of an identity one, unless subscribers are provisioned twice. */
export type Located = (hosts: readonly string[], error?: string) => void;

/** How an HSS has an identity: by a wildcard that others may have, too, or itself. */
const had = { not: 0, byWildcard: 1, itself: 2 } as const;
type Had = (typeof had)[keyof typeof had];

export function locatePrivate(
  databases: readonly SubscriberDatabase[],
  privateIdentity: string,
  located: Located,
): void {
  const key = canonicalPrivateIdentity(privateIdentity);
  ask(databases, located, (database, tell) =>
    database.byPrivate(key, (stored, error) => tell(stored === undefined ? had.not : had.itself, error)),
  );
}

/** REG-83: a distinct identity of one HSS wins over a wildcard of another one. */
export function locatePublic(databases: readonly SubscriberDatabase[], publicIdentity: string, located: Located): void {
  const key = identityKey(publicIdentity);
  ask(databases, located, (database, tell) =>
    database.byPublic(key, (stored, error) => {
      const isDistinct = stored?.members.some((member) => identitiesOf(member).some(({ uri }) => uri === key));
      tell(stored === undefined ? had.not : isDistinct === true ? had.itself : had.byWildcard, error);
    }),
  );
}

/** All of them, and those that have it best when all have answered. */
function ask(
  databases: readonly SubscriberDatabase[],
  located: Located,
  askOne: (database: SubscriberDatabase, tell: (how: Had, error?: string) => void) => void,
): void {
  const answers: Had[] = databases.map(() => had.not);
  let awaited = databases.length;
  let failure: string | undefined;
  databases.forEach((database, index) => {
    askOne(database, (how, error) => {
      answers[index] = how;
      failure ??= error;
      awaited--;
      if (awaited > 0) return;
      const best = Math.max(...answers);
      const hosts = best === had.not ? [] : databases.filter((_, at) => answers[at] === best);
      located(
        hosts.map(({ originHost }) => originHost),
        failure,
      );
    });
  });
}
