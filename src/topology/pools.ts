/** UE pools: a line of a topology file with a `count`, and the UEs that it stands for. */

import type { CheckedNode } from './checked-topology.js';
import { laterDigits, laterListen } from './consecutive.js';
import type { Problem } from './problem.js';
import type { Source } from './source.js';
import type { LinkInput } from './topology-schema.js';

/** A node of the lab, and the name of the line that it comes from. */
export interface Member extends CheckedNode {
  readonly line: string;
}

/** Mobile country and network code: a pool stays within one network. */
const networkDigits = 5;

/** All nodes; what is wrong with a pool goes into `problems`. */
export function poolMembers(lines: readonly CheckedNode[], source: Source, problems: Problem[]): readonly Member[] {
  const names = new Set(lines.map(({ name }) => name));
  return lines.flatMap((line): readonly Member[] => {
    const { name, input } = line;
    if (input.role !== 'ue' || input.external === true || input.count === undefined) return [{ ...line, line: name }];
    const members: Member[] = [];
    for (let offset = 0; offset < input.count; offset++) {
      const member = memberOf(name, { ...input, count: input.count }, offset);
      if (typeof member === 'string' || names.has(member.name)) {
        const what = typeof member === 'string' ? member : `has ${member.name}, which is a line of its own too`;
        const mend = typeof member === 'string' ? 'begin with a lower one' : 'give one of them another name';
        problems.push(source.problem(['nodes', name, 'count'], what, mend));
        return [];
      }
      members.push(member);
    }
    return members;
  });
}

type PoolInput = Extract<CheckedNode['input'], { role: 'ue'; external?: false | undefined }> & {
  readonly count: number;
};

/** One UE of a pool, or what has run out. */
function memberOf(line: string, input: PoolInput, offset: number): Member | string {
  const imsi = laterDigits(input.imsi, offset);
  if (imsi?.slice(0, networkDigits) !== input.imsi.slice(0, networkDigits)) {
    return `${input.count} is more than the IMSIs that follow ${input.imsi}`;
  }
  const own = { imsi, count: undefined };
  const name = `${line}-${offset + 1}`;
  if (input.listen === undefined) return { name, line, input: { ...input, ...own } };
  const listen = laterListen(input.listen, offset);
  if (listen === undefined) return `${input.count} is more than the addresses that follow ${input.listen[0]!.address}`;
  return { name, line, input: { ...input, ...own, listen: [...listen] } };
}

/** A link of a pool is a link of each of its members. */
export function memberLinks(links: readonly LinkInput[], members: readonly Member[]): readonly LinkInput[] {
  const namesOf = new Map<string, string[]>();
  for (const { name, line } of members) {
    if (name === line) continue;
    const names = namesOf.get(line);
    if (names === undefined) namesOf.set(line, [name]);
    else names.push(name);
  }
  if (namesOf.size === 0) return links;
  return links.flatMap((link) => {
    const [one, other] = link.between.map((name) => namesOf.get(name) ?? [name]);
    return one!.flatMap((a) => other!.map((b): LinkInput => ({ ...link, between: [a, b] })));
  });
}
