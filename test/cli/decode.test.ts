import { decode } from '../../src/cli/decode.js';
import { UsageError } from '../../src/lab/errors.js';
import { TestFolder } from '../topology/files.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

function decoded(contents: string | Buffer) {
  return captured(() => decode(folder.write('message', contents)));
}

const register =
  'REGISTER sip:example.org SIP/2.0\nv: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>\nCall-ID: 1\nCSeq: 1 REGISTER\n';

/** A CER of RFC 6733 5.3.1 with Origin-Host, Origin-Realm, Host-IP-Address, Vendor-Id, Product-Name. */
const cer = [
  '0100005480000101000000000000000100000002',
  '000001084000000c612e6263',
  '000001284000000c6f2e7267',
  '000001014000000e0001c00002010000',
  '0000010a4000000c00000000',
  '0000010d0000000c74657374',
].join('');

describe('a SIP message', () => {
  it('is shown header by header, however its lines end', async () => {
    const { stdout, status } = await decoded(register);
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'REGISTER sip:example.org SIP/2.0',
      '  v        SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx',
      '  From     <sip:a@b>;tag=1',
    ]);
  });

  it('that is malformed is named with the rule, and status 1', async () => {
    const { stdout, status } = await decoded(register.replace('CSeq: 1 REGISTER', 'CSeq: 1 INVITE'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^no well-formed SIP message: .* at octet \d+ \(.+\)\na server answers 400\n$/);
  });
});

describe('a Diameter message', () => {
  it('is shown AVP by AVP, from hexadecimal digits or octets', async () => {
    const fromHex = await decoded(cer);
    const fromOctets = await decoded(Buffer.from(cer, 'hex'));
    expect(fromHex.stdout).toBe(fromOctets.stdout);
    expect(fromHex.stdout).toContain('Capabilities-Exchange-Request (257): CER');
    expect(fromHex.stdout).toContain('Origin-Host (264, -M-): a.bc');
    expect(fromHex.stdout).toContain('Host-IP-Address (257, -M-): 192.0.2.1');
  });

  it('of an application that imslab does not speak is named by the package diameter', async () => {
    const ulr = Buffer.from(cer, 'hex');
    ulr.writeUIntBE(316, 5, 3);
    ulr.writeUInt32BE(16777251, 8);
    const { stdout } = await decoded(ulr);
    expect(stdout).toContain('3GPP-Update-Location-Request (316)');
    expect(stdout).toContain('16777251 3GPP S6a/S6d');
  });

  it('with an AVP of length zero ends there, with status 1', async () => {
    const broken = Buffer.from(cer, 'hex');
    broken.writeUIntBE(0, 20 + 5, 3);
    const { stdout, status } = await decoded(broken);
    expect(status).toBe(1);
    expect(stdout).toContain('! AVP length at octet 20 does not fit');
  });

  it.each([1, 19, 20, 27, 33, 83])('cut after %d octets does not break it', async (length) => {
    const { status } = await decoded(Buffer.from(cer, 'hex').subarray(0, length));
    expect([0, 1]).toContain(status);
  });
});

it('what is no message at all is the user’s mistake', async () => {
  await expect(decode('/nowhere/at-all')).rejects.toThrow(UsageError);
  await expect(decode(folder.write('empty', ''))).rejects.toThrow('is empty; give one SIP or Diameter message');
});
