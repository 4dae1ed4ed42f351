/** REG-60 / TS 29.228 §6.7: S-CSCF selection as a pure function. */
import fc from 'fast-check';
import { selectServers } from '../../../src/ims/icscf/server-selection.js';

const candidates = [
  { serverName: 'sip:a', capabilities: [1, 2] },
  { serverName: 'sip:b', capabilities: [1, 2, 3] },
  { serverName: 'sip:c', capabilities: [3] },
];

const need = (mandatory: number[], optional: number[] = [], serverNames: string[] = []) => ({
  mandatoryCapabilities: mandatory,
  optionalCapabilities: optional,
  serverNames,
});

const turn = (count: number) => () => count;

describe('REG-60: S-CSCF selection', () => {
  it('names of the HSS win, and capability ids are ignored then', () => {
    expect(selectServers(need([99], [], ['sip:x', 'sip:y']), candidates, turn(5))).toEqual(['sip:x', 'sip:y']);
  });

  it('every mandatory capability is needed', () => {
    expect(selectServers(need([1, 3]), candidates, turn(0))).toEqual(['sip:b']);
    expect(selectServers(need([4]), candidates, turn(0))).toEqual([]);
  });

  it('most optional matches come first', () => {
    expect(selectServers(need([], [3]), candidates, turn(0))).toEqual(['sip:b', 'sip:c', 'sip:a']);
    expect(selectServers(need([1], [3]), candidates, turn(0))).toEqual(['sip:b', 'sip:a']);
    expect(selectServers(need([], [1, 2, 3]), candidates, turn(0))).toEqual(['sip:b', 'sip:a', 'sip:c']);
    // An id that the HSS writes twice counts once.
    expect(selectServers(need([], [3, 3, 1, 2]), candidates, turn(0))).toEqual(['sip:b', 'sip:a', 'sip:c']);
  });

  it('equal ones take turns', () => {
    const first = [0, 1, 2, 3, 4, 5].map((count) => selectServers(undefined, candidates, turn(count))[0]);
    expect(first).toEqual(['sip:a', 'sip:b', 'sip:c', 'sip:a', 'sip:b', 'sip:c']);
    // Also where some are not able, or not as good: the turns are those of the best ones.
    const able = [0, 1, 2, 3].map((count) => selectServers(need([1]), candidates, turn(count))[0]);
    expect(able).toEqual(['sip:a', 'sip:b', 'sip:a', 'sip:b']);
    const best = [0, 1, 2, 3].map((count) => selectServers(need([], [3]), candidates, turn(count))[0]);
    expect(best).toEqual(['sip:b', 'sip:c', 'sip:b', 'sip:c']);
  });

  it('never invents or repeats one, keeps all that are able, and ranks by optional ones, whatever the turn', () => {
    const ids = fc.uniqueArray(fc.nat(5), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc
          .array(ids, { maxLength: 6 })
          .map((all) => all.map((capabilities, i) => ({ serverName: `sip:${i}`, capabilities }))),
        ids,
        ids,
        fc.nat(1000),
        (pool, mandatory, optional, count) => {
          const able = pool.filter(({ capabilities }) => mandatory.every((id) => capabilities.includes(id)));
          const chosen = selectServers(need(mandatory, optional), pool, turn(count));
          expect([...chosen].sort()).toEqual(able.map(({ serverName }) => serverName).sort());
          const matches = chosen.map(
            (name) => optional.filter((id) => pool[Number(name.slice(4))]!.capabilities.includes(id)).length,
          );
          expect(matches).toEqual([...matches].sort((one, other) => other - one));
        },
      ),
    );
  });
});
