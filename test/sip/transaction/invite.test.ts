import { Lab, Log, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

describe('INVITE transactions', () => {
  it('SIP-31, SIP-32, SIP-35 / RFC 3261 17.1.1: INVITE, 180, 486, ACK on the same hop, and nothing is left', () => {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    lab.party('bob', '192.0.2.2', {
      onRequest: (invite) => {
        invite.reply(180);
        invite.reply(486);
      },
    });
    const log = new Log();
    const invite = request('INVITE', BOB, [['Route', '<sip:192.0.2.2;lr>']]);
    alice.endpoint.sendRequest(invite, [{ protocol: 'udp', endpoint: { address: '192.0.2.2', port: 5060 } }], log);
    lab.run();
    expect(lab.summaries).toEqual(['INVITE', '180 INVITE', '486 INVITE', 'ACK']);
    expect(log.statuses).toEqual([180, 486]);
    lab.expectNothingLeft();
  });
});
