/**
 * What must hold between the nodes of a lab at every moment, whatever a scenario does to them: one S-CSCF a public
 * identity, HSS and S-CSCF of one mind, no transaction beyond its timers, no machine without an owner, no queue beyond its
 * bound. Read-only.
 */
import type { NodeInspection, RegistrationClaim } from '../node/inspection.js';
import type { NetworkNode } from '../node/node.js';

/** One sentence each, with node, identity and numbers. `databaseCount`: of the lab's HSSs, those that are not running too. */
export function invariantBreaches(nodes: readonly NetworkNode[], databaseCount: number): readonly string[] {
  const running = nodes.flatMap((node) => (node.state === 'serving' ? (node.inspect?.() ?? []) : []));
  return [...running.flatMap(breachesOf), ...registrationBreaches(running, databaseCount)];
}

/** Those of one node. */
function breachesOf({ node, queues, oldestTransaction: oldest, machines }: NodeInspection): readonly string[] {
  const breaches = queues
    .filter(({ length, max }) => length > max)
    .map(({ name, length, max }) => `${node}: ${name}: ${length}, where at most ${max} may be`);
  if (oldest !== undefined && oldest.ageMs > oldest.limitMs) {
    breaches.push(
      `${node}: transaction ${oldest.actor} is ${seconds(oldest.ageMs)} old, its timers end it after ${seconds(oldest.limitMs)} at the latest`,
    );
  }
  for (const { machine, live, held } of machines) {
    if (live > held) breaches.push(`${node}: ${live} live machines '${machine}', but its tables hold ${held} of them`);
  }
  return breaches;
}

interface Held {
  readonly by: NodeInspection;
  readonly claim: RegistrationClaim;
}

/**
 * TS 29.228 §6.1.2.1, REG-62. Compared at rest: a claim that may just be changing says nothing, nor does one that the other
 * side could not know of, because it has started or has lost a Cx request since then (TS 23.380 mends that with the next
 * registration).
 */
function registrationBreaches(nodes: readonly NodeInspection[], databaseCount: number): readonly string[] {
  const databases = nodes.filter(({ assigned }) => assigned !== undefined);
  const servers = nodes.filter(({ served }) => served !== undefined);
  const served = byIdentity(servers, ({ served }) => served);
  const assigned = byIdentity(databases, ({ assigned }) => assigned);
  const breaches: string[] = [];
  for (const [identity, claims] of served) {
    const atRest = claims.filter(isAtRest).filter(({ claim }) => databases.every((each) => knows(each, claim)));
    const owners = assigned.get(identity) ?? [];
    if (databases.length === 0 || ![...databases, ...claims.map(({ by }) => by)].every(isQuiet)) continue;
    if (!owners.every(isAtRest)) continue;
    // Several private identities of one subscription may have it registered, all of them at one S-CSCF (TS 29.228 §6.1.1.1).
    const names = [...new Set(atRest.map(({ by }) => by.node))];
    if (names.length > 1) breaches.push(`${identity} is served by ${names.join(' and ')} at once`);
    for (const { by, claim } of atRest) {
      if (owners.some((owner) => owner.claim.serverName === claim.serverName)) continue;
      const [other] = owners;
      // Of several HSSs one has it, and that may be one that cannot be asked.
      if (other === undefined && databases.length < databaseCount) continue;
      const says =
        other === undefined
          ? `${databases.map(({ node }) => node).join(' and ')} has it not registered`
          : `${other.by.node} has assigned ${other.claim.serverName} to it`;
      breaches.push(`${by.node} serves ${identity} as ${claim.serverName}, but ${says}`);
    }
  }
  for (const [identity, owners] of assigned) {
    for (const owner of owners) breaches.push(...unserved(identity, owner, served.get(identity) ?? [], servers));
  }
  return breaches;
}

/** The S-CSCF that an HSS has assigned must serve. One that is not run here cannot be asked. */
function unserved(
  identity: string,
  owner: Held,
  claims: readonly Held[],
  servers: readonly NodeInspection[],
): readonly string[] {
  const { by, claim } = owner;
  if (!isAtRest(owner) || !isQuiet(by) || claims.some((each) => each.claim.serverName === claim.serverName)) return [];
  const server = servers.find(({ serverName }) => serverName === claim.serverName);
  if (server === undefined || !isQuiet(server) || !knows(server, claim)) return [];
  return [`${by.node} has assigned ${server.node} to ${identity}, which does not serve it`];
}

function byIdentity(
  nodes: readonly NodeInspection[],
  claimsOf: (node: NodeInspection) => readonly RegistrationClaim[] | undefined,
): ReadonlyMap<string, readonly Held[]> {
  const found = new Map<string, Held[]>();
  for (const by of nodes) {
    for (const claim of claimsOf(by) ?? []) {
      const known = found.get(claim.publicIdentity);
      if (known === undefined) found.set(claim.publicIdentity, [{ by, claim }]);
      else known.push({ by, claim });
    }
  }
  return found;
}

function isAtRest({ claim }: Held): boolean {
  return claim.settled;
}

/** It waits for no answer of the other side. */
function isQuiet({ pendingCount }: NodeInspection): boolean {
  return pendingCount === 0;
}

/** It must have heard of what happened then. */
function knows({ unbrokenSince }: NodeInspection, { since }: RegistrationClaim): boolean {
  return unbrokenSince <= since;
}

function seconds(ms: number): string {
  return `${Math.round(ms) / 1000} s`;
}
