/** REG-32, REG-61: which S-CSCF comes after those that did not serve (TS 24.229 §5.3.1.3); names are URIs (RFC 3261 19.1.4). */
import { untried } from '../../../src/ims/icscf/query-outcome.js';

const candidates = (...serverNames: string[]) => ({ kind: 'candidates', serverNames }) as const;
const scscf1 = 'sip:scscf1.example.com:5060';

describe('REG-61: none is tried twice', () => {
  it.each([
    ['case of the host', 'sip:SCSCF1.Example.com:5060'],
    ['case of the scheme', 'SIP:scscf1.example.com:5060'],
    ['a parameter that only one has', 'sip:scscf1.example.com:5060;lr'],
  ])('%s does not make another URI', (_what, name) => {
    expect(untried(candidates(name, 'sip:scscf2.example.com:5060'), [scscf1])).toBe('sip:scscf2.example.com:5060');
  });

  it.each([
    ['case of the user part', 'sip:A@scscf1.example.com', 'sip:a@scscf1.example.com'],
    ['another port', 'sip:scscf1.example.com:5070', scscf1],
    ['the default port beside none', 'sip:scscf1.example.com', scscf1],
    ['a transport', 'sip:scscf1.example.com:5060;transport=tcp', scscf1],
    ['IPv6 addresses', 'sip:[2001:db8::1]:5060', 'sip:[2001:db8::2]:5060'],
  ])('%s makes another one', (_what, name, tried) => {
    expect(untried(candidates(name), [tried])).toBe(name);
  });

  it('a name given instead of capabilities is taken where it is another one', () => {
    const named = { kind: 'server', serverName: 'sip:scscf2.example.com:5060' } as const;
    expect(untried(named, [scscf1])).toBe(named.serverName);
    expect(untried(named, [scscf1, 'sip:scscf2.EXAMPLE.com:5060'])).toBeUndefined();
  });

  it('an HSS that names others for ever is not followed for ever', () => {
    const tried: string[] = [];
    for (let next = 0; next < 1000; next++) {
      const name = untried(candidates(`sip:scscf${next}.example.com`), tried);
      if (name !== undefined) tried.push(name);
    }
    expect(tried).toHaveLength(8);
  });
});
