/** The P-CSCF's settings towards its UEs: `access` and `security`. REG-21, REG-22, REG-27; RFC 6223. */

import { accessSection } from '../../src/topology/profile-schema.js';
import { operatorSettings, withOperatorProfile } from '../../src/topology/profiles.js';

describe('access of a P-CSCF', () => {
  it('is off, trusts nobody and recommends nothing where nothing is said', () => {
    expect(operatorSettings({}, {}).access).toEqual({ subscribe: false, keepAliveMs: undefined, trusted: [] });
  });

  it('a node’s own section wins over its profile, key by key', () => {
    const profile = accessSection.parse({ subscribe: true, 'keep-alive': '30s' });
    const own = accessSection.parse({ trusted: ['192.0.2.1', '2001:db8::1'], 'keep-alive': '1min' });
    const settings = withOperatorProfile(operatorSettings({ access: profile }, {}), { access: own });
    expect(settings.access).toEqual({
      subscribe: true,
      keepAliveMs: 60_000,
      trusted: ['192.0.2.1', '2001:db8::1'],
    });
  });

  it('a trusted node is an address', () => {
    expect(accessSection.safeParse({ trusted: ['msc.example.org'] }).success).toBe(false);
  });
});
