import {
  answeredPreconditions,
  formatPreconditionLine,
  mandatoryMet,
  offeredPreconditions,
  type PreconditionLine,
  type PreconditionTable,
  parsePreconditionLine,
  preconditionLines,
  preconditionsFailed,
  receivePreconditions,
  withConfirmed,
  withLocalReserved,
} from '../../src/sdp/index.js';

const text = (table: PreconditionTable) => preconditionLines(table).map(formatPreconditionLine);
const lines = (...texts: string[]) => texts.map((each) => parsePreconditionLine(each) as PreconditionLine);

describe('preconditions of a call', () => {
  it('CALL-20 / RFC 3312 13.2: INVITE, 183, UPDATE, 200 with both accesses reserved one after the other', () => {
    let a = offeredPreconditions(false);
    expect(text(a)).toEqual([
      'curr:qos local none',
      'curr:qos remote none',
      'des:qos mandatory local sendrecv',
      'des:qos optional remote sendrecv',
    ]);

    let b = answeredPreconditions(preconditionLines(a), false);
    expect(text(b)).toEqual([
      'curr:qos local none',
      'curr:qos remote none',
      'des:qos mandatory local sendrecv',
      'des:qos mandatory remote sendrecv',
      'conf:qos remote sendrecv',
    ]);
    expect(mandatoryMet(b)).toBe(false);

    a = receivePreconditions(a, preconditionLines(b));
    a = withLocalReserved(a, true);
    expect(text(a)).toEqual([
      'curr:qos local sendrecv',
      'curr:qos remote none',
      'des:qos mandatory local sendrecv',
      'des:qos mandatory remote sendrecv',
    ]);
    a = withConfirmed(a);

    b = receivePreconditions(b, preconditionLines(a));
    expect(mandatoryMet(b)).toBe(false);
    b = withLocalReserved(b, true);
    expect(mandatoryMet(b)).toBe(true);
    expect(text(b)).toEqual([
      'curr:qos local sendrecv',
      'curr:qos remote sendrecv',
      'des:qos mandatory local sendrecv',
      'des:qos mandatory remote sendrecv',
    ]);
    expect(mandatoryMet(receivePreconditions(a, preconditionLines(b)))).toBe(true);
  });

  it('CALL-21: with both accesses ready at once nothing has to be confirmed and the callee may alert', () => {
    const a = offeredPreconditions(true);
    const b = answeredPreconditions(preconditionLines(a), true);
    expect(mandatoryMet(b)).toBe(true);
    expect(text(b)).not.toContain('conf:qos remote sendrecv');
    const after = receivePreconditions(a, preconditionLines(b));
    expect(mandatoryMet(after)).toBe(true);
  });

  it('RFC 3312 4: send and recv of the peer are recv and send here', () => {
    const b = answeredPreconditions(
      lines(
        'curr:qos local send',
        'curr:qos remote none',
        'des:qos mandatory local send',
        'des:qos optional remote recv',
      ),
      true,
    );
    expect(b.remote).toEqual({ current: 'recv', send: 'none', recv: 'mandatory', confirm: 'none' });
    expect(mandatoryMet(b)).toBe(true);
    expect(text(b)).toEqual([
      'curr:qos local sendrecv',
      'curr:qos remote recv',
      'des:qos mandatory local sendrecv',
      'des:qos none remote send',
      'des:qos mandatory remote recv',
    ]);
  });

  it('RFC 3312 5: strengths only rise; the peer does not know our access better than we do', () => {
    const table = offeredPreconditions(true);
    const after = receivePreconditions(
      table,
      lines(
        'curr:qos remote none',
        'des:qos optional remote sendrecv',
        'des:qos none local sendrecv',
        'curr:qos e2e none',
      ),
    );
    expect(after).toEqual(table);
  });

  it('RFC 3312 8: failure or unknown means that it cannot be met', () => {
    const table = offeredPreconditions(false);
    expect(preconditionsFailed(table)).toBe(false);
    expect(preconditionsFailed(receivePreconditions(table, lines('des:qos failure local sendrecv')))).toBe(true);
    expect(preconditionsFailed(receivePreconditions(table, lines('des:qos unknown remote recv')))).toBe(true);
  });

  it('a lost access is no longer current', () => {
    expect(mandatoryMet(withLocalReserved(offeredPreconditions(true), false))).toBe(false);
  });
});
