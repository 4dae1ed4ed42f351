import { createCipheriv } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessages as readFile } from '../../src/cli/aka-file.js';
import { PcapngWriter } from '../../src/trace/pcapng.js';
import { TestFolder } from '../topology/files.js';
import { ESP, ipv4, pcap, UDP, udp } from '../trace/reading/packets.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const register = 'REGISTER sip:ims.example SIP/2.0\r\nCall-ID: one\r\n\r\n';

function readMessages(file: string): string {
  return readFile(file).text;
}

/** RFC 4303 2: IPv4 header, SPI and sequence number, IV, what is encrypted, ICV. */
function espPacket(
  spi: number,
  name: 'aes-128-cbc' | 'aes-128-gcm' | 'des-ede3-cbc',
  { salt = Buffer.alloc(0), key: secret = key } = {},
): Buffer {
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(spi, 0);
  numbers.writeUInt32BE(1, 4);
  const inner = udp(register);
  const padding = 15 - ((inner.length + 1) % 16);
  const trailer = Buffer.from([...Array.from({ length: padding }, (_, index) => index + 1), padding, 17]);
  const iv = Buffer.alloc(name === 'aes-128-cbc' ? 16 : 8, 7);
  const cipher = createCipheriv(name as 'aes-128-gcm', secret, Buffer.concat([salt, iv]));
  if (name !== 'aes-128-gcm') cipher.setAutoPadding(false);
  const encrypted = Buffer.concat([cipher.update(Buffer.concat([inner, trailer])), cipher.final()]);
  const icv = Buffer.alloc(name === 'aes-128-gcm' ? 16 : 12);
  return ipv4(ESP, Buffer.concat([numbers, iv, encrypted, icv]));
}

function pcapng(packets: readonly Buffer[]): Buffer {
  const blocks: Buffer[] = [];
  const writer = new PcapngWriter((octets) => blocks.push(octets), 'test');
  writer.addInterface('any', '');
  for (const packet of packets) writer.writePacket(0, 0, packet, undefined);
  return Buffer.concat(blocks);
}

function save(name: string, content: Buffer | string): string {
  const file = join(folder.path, name);
  writeFileSync(file, content);
  return file;
}

const salt = Buffer.from('a0a1a2a3', 'hex');
const table = [
  `"IPv4","192.0.2.1","192.0.2.2","0x1a2b3c4d","AES-CBC [RFC3602]","0x${key.toString('hex')}","HMAC-SHA-1-96 [RFC2404]","0x00"`,
  `"IPv4","192.0.2.1","192.0.2.2","0x00000bcd","AES-GCM with 16 octet ICV [RFC4106]","0x${key.toString('hex')}a0a1a2a3","NULL",""`,
].join('\n');

describe('what aka explain reads', () => {
  const cbc = espPacket(0x1a2b3c4d, 'aes-128-cbc');
  const gcm = espPacket(0xbcd, 'aes-128-gcm', { salt });
  const clear = ipv4(UDP, udp('SIP/2.0 401 Unauthorized\r\n\r\n'));

  it('a capture without esp_sa beside it: as it is', () => {
    expect(readMessages(save('alone.pcapng', pcapng([cbc, clear])))).not.toContain(register);
  });

  it.each([
    ['pcapng', pcapng],
    ['pcap', (packets: readonly Buffer[]) => pcap(packets, { linkType: 101 })],
  ])(
    'TS 33.203 7.1: ESP in %s is opened with esp_sa, AES-CBC and AES-GCM; the rest is left, in order',
    (name, write) => {
      save('esp_sa', table);
      const text = readMessages(
        save(`capture.${name}`, write([clear, cbc, espPacket(0x99999999, 'aes-128-cbc'), gcm])),
      );
      expect(text.split(register)).toHaveLength(3);
      expect(text.indexOf('401')).toBeLessThan(text.indexOf(register));
    },
  );

  it('AKA-40, TS 33.203 Annex I: 3DES of an older phone, with CK1, CK2, CK1', () => {
    const triple = Buffer.concat([key, key.subarray(0, 8)]);
    save(
      'esp_sa',
      table
        .split('\n')[0]!
        .replace('AES-CBC [RFC3602]', 'TripleDES-CBC [RFC2451]')
        .replace(/0x0001[^"]*/, `0x${triple.toString('hex')}`),
    );
    const packet = espPacket(0x1a2b3c4d, 'des-ede3-cbc', { key: triple });
    expect(readMessages(save('triple.pcapng', pcapng([packet])))).toContain(register);
    save('esp_sa', table);
  });

  it.each([
    ['', 'is empty; give a file with a challenge, or a capture'],
    ['\x1f\x8b\x08', 'is compressed (gzip); unpack it with gunzip first'],
    ['snoop\0\0\0', 'is a capture of snoop; convert it with editcap -F pcapng FILE NEW.pcapng'],
    ['<?xml version="1.0"?><pdml/>', 'is XML; give the capture itself'],
    ['0000  02 02 02 02 02 02 02 02', 'is a hex dump; make a capture of it with text2pcap FILE NEW.pcap'],
  ])('%j: what it is, and how to make a capture of it', (content, message) => {
    expect(() => readFile(save('other', Buffer.from(content, 'latin1')))).toThrow(message);
  });

  it('text in UTF-16, as an editor may save it', () => {
    expect(readMessages(save('wide.txt', Buffer.from(`\ufeff${register}`, 'utf16le')))).toBe(register);
  });

  it('the trace of a run: the capture beside it; none there: what to give', () => {
    const line = '{"time":"2026-01-01T00:00:00.000000Z","kind":"note"}\n';
    expect(readMessages(save('trace.jsonl', line))).toContain(register);
    const lonely = new TestFolder();
    const file = join(lonely.path, 'trace.jsonl');
    writeFileSync(file, line);
    expect(() => readMessages(file)).toThrow(
      'is a trace, which keeps no headers; give the capture.pcapng of the same run',
    );
    lonely.remove();
  });
});
