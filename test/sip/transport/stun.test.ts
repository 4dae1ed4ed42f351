import { bindingResponse, isStun } from '../../../src/sip/transport/stun.js';
import { Lab } from '../lab.js';

const COOKIE = '2112a442';
// Transaction id and mapped addresses of RFC 5769 2.2 and 2.3.
const ID = 'b7e7a701bc34d686fa87dfae';
const request = Buffer.from(`00010000${COOKIE}${ID}`, 'hex');

describe('SIP-24 / RFC 5626 4.4.2: STUN Binding on the SIP port', () => {
  it('RFC 5769 2.2: the mapped IPv4 address', () => {
    const response = bindingResponse(request, { address: '192.0.2.1', port: 32_853 });
    expect(response?.toString('hex')).toBe(`0101000c${COOKIE}${ID}00200008${'0001a147e112a643'}`);
  });

  it('RFC 5769 2.3: the mapped IPv6 address', () => {
    const response = bindingResponse(request, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 });
    expect(response?.toString('hex')).toBe(
      `01010018${COOKIE}${ID}00200014${'0002a1470113a9faa5d3f179bc25f4b5bed2b9d9'}`,
    );
  });

  it('anything else is no Binding request', () => {
    expect(isStun(Buffer.from('OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\n'))).toBe(false);
    expect(isStun(Buffer.from('0001'))).toBe(false);
    expect(
      bindingResponse(Buffer.from(`01010000${COOKIE}${ID}`, 'hex'), { address: '192.0.2.1', port: 1 }),
    ).toBeUndefined();
  });

  it('is answered on the wire', () => {
    const lab = new Lab();
    lab.party('proxy', '192.0.2.9');
    const phone = lab.raw('192.0.2.1', 32_853);
    phone.send(request.toString('latin1'), '192.0.2.9');
    lab.run();
    expect(Buffer.from(phone.received[0]!, 'latin1').toString('hex')).toContain('a147e112a643');
  });
});
