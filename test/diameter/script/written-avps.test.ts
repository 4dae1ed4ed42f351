import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { dissect } from '../../../src/diameter/index.js';
import { groupOctets, messageOctets, readAvps, type ScriptAvp } from '../../../src/diameter/script/avp.js';
import { avpNamed, avpNames } from '../../../src/diameter/script/dictionary.js';
import { showAvps } from '../../../src/diameter/script/shown-avps.js';
import type { Refusal } from '../../../src/diameter/script/values.js';
import { parseAvps } from '../../../src/diameter/script/written-avps.js';

interface Mistake {
  readonly path: string;
  readonly refusal: Refusal;
}

function read(written: unknown): { readonly avps: ScriptAvp[]; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const avps = parseAvps(written, [], (path, refusal) => mistakes.push({ path: path.join('.'), refusal }));
  return { avps, mistakes };
}

function hexOf(yaml: string): string {
  const { avps, mistakes } = read(parse(yaml));
  expect(mistakes).toEqual([]);
  return groupOctets(avps).toString('hex');
}

const names = avpNames();
const octets = fc.uint8Array({ maxLength: 24 }).map((bytes) => Buffer.from(bytes));
const known = fc.nat(names.length - 1).map((index) => avpNamed(names[index]!)!);
const anyAvp: fc.Arbitrary<ScriptAvp> = fc.letrec<{ avp: ScriptAvp; data: Buffer }>((tie) => ({
  avp: fc
    .record({
      definition: fc.oneof(
        known.map(({ code, vendor, mandatory }) => ({ code, vendor, mandatory })),
        fc.record({ code: fc.nat(0xffffffff), vendor: fc.constantFrom(0, 10415, 13019, 193), mandatory: fc.boolean() }),
      ),
      protected: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
      data: tie('data'),
    })
    .map(({ definition, ...rest }) => ({ ...definition, ...rest })),
  data: fc.oneof(
    { depthSize: 'small' },
    octets,
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
    fc.nat(0xffffffff).map((number) => Buffer.from(number.toString(16).padStart(8, '0'), 'hex')),
    fc.array(tie('avp'), { maxLength: 4 }).map((avps) => groupOctets(avps)),
  ),
})).avp;

describe('AVPs as a file has them', () => {
  it('RFC 6733 4.1: are octets with padding, flags and vendor as the specification draws them', () => {
    expect(hexOf('User-Name: ab')).toBe('00000001' + '4000000a' + '61620000');
    expect(hexOf('Public-Identity: sip:a')).toBe('00000259' + 'c0000011' + '000028af' + '7369703a' + '61000000');
    expect(hexOf('AVP-77: { hex: 00ff, mandatory: true }')).toBe('0000004d' + '4000000a' + '00ff0000');
    expect(hexOf('AVP-77: { vendor: 10415, protected: true, text: a }')).toBe(
      '0000004d' + 'a000000d' + '000028af' + '61000000',
    );
  });

  it('RFC 6733 4.2, 4.3, 4.4: reads each format, enumerated values by name, and groups in groups', () => {
    expect(hexOf('User-Authorization-Type: REGISTRATION_AND_CAPABILITIES').slice(-8)).toBe('00000002');
    expect(hexOf("Host-IP-Address: '2001:db8::1'").slice(16, 52)).toBe('000220010db8000000000000000000000001');
    expect(hexOf("Event-Timestamp: '1970-01-01T00:00:00Z'").slice(-8)).toBe('83aa7e80');
    expect(hexOf('Result-Code: UNABLE_TO_COMPLY').slice(-8)).toBe((5012).toString(16).padStart(8, '0'));
    // RFC 8506 8.8, 8.15, 8.47: of the foreign dictionary.
    expect(hexOf('Subscription-Id: { Subscription-Id-Type: 1, Subscription-Id-Data: "001" }')).toBe(
      '000001bb4000002000' + '0001c24000000c00000001' + '000001bc4000000b30303100',
    );
  });

  it('RFC 6733 9.8.1: names of values as the specification has them, whatever the dictionary writes', () => {
    const start = '000001e0' + '4000000c' + '00000002';
    for (const name of ['START_RECORD', 'Start Record', 'start-record']) {
      expect(hexOf(`Accounting-Record-Type: ${name}`)).toBe(start);
    }
    expect(showAvps(readAvps(Buffer.from(start, 'hex'), 0)!)).toEqual({ 'Accounting-Record-Type': 'START_RECORD' });
    expect(read({ 'Accounting-Record-Type': 'STARTED' }).mistakes).toHaveLength(1);
  });

  it('one name with a list occurs several times; a list of mappings keeps the order', () => {
    expect(hexOf('User-Name: [a, b]')).toBe(hexOf('- User-Name: a\n- User-Name: b'));
    expect(hexOf('- User-Name: a\n- Session-Id: s\n- User-Name: b')).not.toBe(
      hexOf('{ User-Name: [a, b], Session-Id: s }'),
    );
  });

  it('a property: AVPs → YAML → octets gives the same octets', () => {
    fc.assert(
      fc.property(fc.array(anyAvp, { maxLength: 6 }), (avps) => {
        const yaml = stringify(showAvps(avps));
        expect(hexOf(yaml)).toBe(groupOctets(avps).toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  it('a property: YAML → octets → YAML comes to rest, and what is read is what `dissect` sees', () => {
    fc.assert(
      fc.property(fc.array(anyAvp, { maxLength: 4 }), (avps) => {
        const shown = showAvps(avps);
        const again = readAvps(groupOctets(read(shown).avps))!;
        expect(showAvps(again)).toEqual(shown);
        const head = { command: 300, application: 16777216, flags: 0x80, hopByHop: 1, endToEnd: 2 };
        const message = dissect(messageOctets(head, avps));
        expect('avps' in message && message.avps.map(({ code, vendor }) => ({ code, vendor }))).toEqual(
          avps.map(({ code, vendor }) => ({ code, vendor })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('a property: anything at all as AVPs is read or refused with a place, and never throws', () => {
    const words = fc.constantFrom(
      'User-Name',
      'Subscription-Id',
      'AVP-9',
      'hex',
      'value',
      'avps',
      'vendor',
      'Nonsense',
      'mandatory',
    );
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.string(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(words, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(anything, (written) => {
        const { avps, mistakes } = read(written);
        for (const { refusal } of mistakes) expect(refusal.what).not.toBe('');
        expect(readAvps(groupOctets(avps))).toHaveLength(avps.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('mistakes in AVPs', () => {
  it.each([
    ['Usr-Name: a', 'Usr-Name', 'there is no AVP Usr-Name', 'Usr-Name'],
    ['User-Name: 1010000000001', 'User-Name', '1010000000001 is no text', ''],
    ['User-Authorization-Type: REGISTRATON', 'User-Authorization-Type', "'REGISTRATON' is no value", 'REGISTRATON'],
    ['Vendor-Id: 4294967296', 'Vendor-Id', '4294967296 does not fit into Vendor-Id', ''],
    ["Framed-IP-Address: '0xabc'", 'Framed-IP-Address', "'0xabc' is no hexadecimal number of whole octets", ''],
    ['Host-IP-Address: hss1', 'Host-IP-Address', "'hss1' is no numeric address", ''],
    ['Event-Timestamp: soon', 'Event-Timestamp', "'soon' is no time", ''],
    ['Failed-AVP: text', 'Failed-AVP', 'Failed-AVP is a group', ''],
    ['User-Name: { a: b }', 'User-Name', 'User-Name is no group', ''],
    ['User-Name:', 'User-Name', 'has no value', ''],
    ['User-Name: { hex: abc }', 'User-Name.hex', 'are no octets', ''],
    ['User-Name: { hex: ab, text: a }', 'User-Name', 'has text and hex', ''],
    ['User-Name: { mandatory: true }', 'User-Name', 'has no value', ''],
    ['User-Name: { value: a, mandatroy: true }', 'User-Name.mandatroy', 'unknown key', 'mandatroy'],
    ['User-Name: { value: a, vendor: 3GPP }', 'User-Name.vendor', 'is no vendor', ''],
    ['User-Name: { value: a, mandatory: 1 }', 'User-Name.mandatory', 'is no flag', ''],
    ['AVP-4294967296: a', 'AVP-4294967296', 'AVP-4294967296 has a code of more than 32 bits', ''],
    [
      'Subscription-Id: { Subscription-Id-Type: [1, x] }',
      'Subscription-Id.Subscription-Id-Type.1',
      "'x' is no value",
      'x',
    ],
    ['[User-Name]', '0', 'is no AVP', ''],
    ['text', '', 'are no AVPs', ''],
  ])('%s', (yaml, path, what, word) => {
    const { mistakes } = read(parse(yaml));
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]!.path).toBe(path);
    expect(mistakes[0]!.refusal.what).toContain(what);
    expect(mistakes[0]!.refusal.word).toBe(word);
    expect(mistakes[0]!.refusal.mend).not.toBe('');
  });
});
