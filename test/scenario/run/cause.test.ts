/** Which cause a verdict names first: the deepest in the network, but for what a UE or its NAT knows better. */
import type { NoteRecord } from '../../../src/environment/index.js';
import { deepestCause } from '../../../src/scenario/run/cause.js';

const roles = { hss1: 'hss', scscf1: 's-cscf', icscf1: 'i-cscf', pcscf1: 'p-cscf', ue1: 'ue' } as const;
const note = (node: keyof typeof roles, what: string): NoteRecord => ({
  kind: 'note',
  time: 0,
  node,
  what: `cause.${what}`,
  text: what,
  clause: undefined,
});
const first = (...causes: NoteRecord[]): string | undefined =>
  deepestCause(causes, (node) => roles[node as keyof typeof roles])?.what;

const mapping = note('ue1', 'mappingOver');

describe('the cause of a verdict', () => {
  it('is that of the deepest node, and a wrong MAC before all', () => {
    expect(first(note('icscf1', 'userUnknown'), note('hss1', 'userUnknown2'))).toBe('cause.userUnknown2');
    expect(first(note('hss1', 'userUnknown'), note('ue1', 'macFailure'))).toBe('cause.macFailure');
    expect(first()).toBeUndefined();
  });

  it.each([
    ['nothing', []],
    ['what the UE was answered', [note('ue1', 'registerRefused')]],
    ['a P-CSCF that waits for the UE', [note('pcscf1', 'ueUnreachable')]],
    ['an S-CSCF that waits for that P-CSCF', [note('scscf1', 'proxyNodeUnreachable')]],
    ['an S-CSCF that waits for the I-CSCF of the callee', [note('scscf1', 'interrogatingNodeUnreachable')]],
  ])('RFC 4787 4.3: a mapping that is over explains %s', (_what, causes) => {
    expect(first(...causes, mapping)).toBe('cause.mappingOver');
    expect(first(mapping, ...causes)).toBe('cause.mappingOver');
  });

  it.each([
    ['a refusal of the HSS', note('hss1', 'roamingNotAllowed')],
    ['an HSS that does not answer', note('icscf1', 'hssUnreachable')],
    ['a wrong response', note('scscf1', 'wrongResponse')],
    ['a wrong MAC', note('ue1', 'macFailure')],
  ])('and not %s', (_what, cause) => {
    expect(first(mapping, cause)).toBe(cause.what);
    expect(first(cause, mapping)).toBe(cause.what);
  });
});
