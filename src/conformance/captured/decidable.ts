/**
 * Which rules a capture can show to be broken. A capture begins and ends somewhere, has some of the hops, and may have missed
 * packets: a rule that takes what it has not seen for what has not happened would accuse those who keep it. These are left
 * out, and named with the reason; the others were found silent on what is left of healthy traffic when any of it is missing.
 */
import type { Rule } from '../rule.js';
import { rules as allRules } from '../rules.js';

export interface LeftOut {
  /** Why a capture cannot decide them. */
  readonly why: string;
  /** In order of the rules; each once. */
  readonly ids: readonly string[];
}

export interface RulesOfCapture {
  readonly held: readonly Rule[];
  readonly leftOut: readonly LeftOut[];
}

type Lack = 'before' | 'times' | 'home' | 'path' | 'parts';

const reasons: Readonly<Record<Lack, string>> = {
  before: 'they compare with messages that the capture may lack: before its beginning, on other hops, or missed',
  times: 'they are about what was repeated when, and what the network repeats or loses looks the same',
  path: 'they are about where a message came from, which translators on the way change',
  parts: 'they hold for some nodes only, and nobody can tell which those are',
  home: 'there is no one domain that all UEs register at: name the home network with --topology',
};

/** By rule, or by a rule's title where others of its id can be decided. */
const undecidable: ReadonlyMap<string, Lack> = new Map([
  ...lacking('before', [
    'AKA-30',
    'AKA-34',
    'AKA-43',
    'AKA-50',
    'AKA-51',
    'CALL-20',
    'CALL-26',
    'CX-65',
    'CX-ROUTING',
    'CX-UAA',
    'REG-12',
    'REG-14',
    'REG-15',
    'REG-25',
    'REG-26',
    'REG-30',
    'REG-40',
    'REG-43',
    'REG-44',
    'REG-49',
    'REG-61',
    'REG-62',
    'REG-70',
    'REG-72',
    'REG-73',
    'REG-90',
    'REG-91',
    'SH-EXPIRY',
    'SH-PNR',
    'SH-SEQ',
    'SIP-30',
    'SIP-35',
    'SIP-36',
    'SIP-51',
    'SIP-52',
    'SIP-56',
    'SIP-57',
    'A challenge is given once: who failed gets a new RAND',
    'LIA names the S-CSCF that the HSS has stored for the user',
    'REGISTER goes on to the S-CSCF that the HSS named, with another Request-URI and otherwise untouched',
    'Several vectors are used in the order of their numbers',
    'The S-CSCF brings RAND and AUTS of a synchronisation failure to the HSS',
  ]),
  ...lacking('times', ['AKA-53', 'SIP-31', 'SIP-32', 'SIP-33', 'SIP-34', 'SIP-53']),
  ...lacking('path', ['SIP-21', 'SIP-22']),
  ...lacking('parts', ['CX-60']),
]);

/** Those that know the domain of the home network. */
const ofHome: ReadonlySet<string> = new Set(['REG-10', 'REG-11', 'REG-42']);

function lacking(lack: Lack, names: readonly string[]): readonly (readonly [string, Lack])[] {
  return names.map((name) => [name, lack]);
}

/** @param knowsHome that the home domain is known */
export function rulesOfCapture({ knowsHome }: { readonly knowsHome: boolean }): RulesOfCapture {
  const held: Rule[] = [];
  const leftOut = new Map<Lack, Set<string>>();
  for (const rule of allRules) {
    const lack =
      undecidable.get(rule.id) ??
      undecidable.get(rule.title) ??
      (!knowsHome && ofHome.has(rule.id) ? 'home' : undefined);
    if (lack === undefined) {
      held.push(rule);
      continue;
    }
    const ids = leftOut.get(lack) ?? new Set();
    leftOut.set(lack, ids.add(rule.id));
  }
  return { held, leftOut: [...leftOut].map(([lack, ids]) => ({ why: reasons[lack], ids: [...ids] })) };
}

/** What the table names, for the test that there is such a rule. */
export const undecidableNames: readonly string[] = [...undecidable.keys(), ...ofHome];
