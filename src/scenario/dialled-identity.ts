/** The number that a caller dials for a UE of the topology. */
import { isUe, type Lab } from '../topology/lab.js';

/**
 * The default public identity of the UE's subscriber, which is the same whether the UE is registered or not: the first
 * that is not barred (TS 23.003 13.4B: the temporary identity is barred). Undefined where no HSS of the topology knows
 * the subscriber.
 */
export function dialledIdentity(ue: string, { nodes }: Lab): string | undefined {
  const imsi = nodes.filter(isUe).find(({ name }) => name === ue)?.imsi;
  const subscribers = nodes.flatMap((node) => ('subscribers' in node ? node.subscribers : []));
  const subscriber = subscribers.find((candidate) => candidate.imsi === imsi);
  return subscriber?.publicIdentities.find(({ barred }) => !barred)?.uri;
}
