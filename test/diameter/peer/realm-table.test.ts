import { type RealmRoute, serversOf } from '../../../src/diameter/index.js';

const cx = 16777216;
const sh = 16777217;
const routes: readonly RealmRoute[] = [
  { realm: 'ims.example', application: undefined, servers: ['hss1', 'hss2'] },
  { realm: 'ims.example', application: sh, servers: ['hss3'] },
  { realm: '*', application: undefined, servers: ['edge'] },
  { realm: '*', application: sh, servers: ['edge-sh'] },
];

describe('CX-ROUTING / RFC 6733 2.7: the realm table', () => {
  it.each([
    ['ims.example', cx, ['hss1', 'hss2']],
    ['IMS.Example', cx, ['hss1', 'hss2']],
    ['ims.example', sh, ['hss3']],
    ['other.example', cx, ['edge']],
    ['other.example', sh, ['edge-sh']],
  ])('sends %s, application %i, to %j', (realm, application, servers) => {
    expect(serversOf(routes, realm, application)).toEqual(servers);
  });

  it('knows no way for a realm without a row', () => {
    expect(serversOf(routes.slice(0, 2), 'other.example', cx)).toBeUndefined();
    expect(serversOf([routes[1]!], 'ims.example', cx)).toBeUndefined();
  });
});
