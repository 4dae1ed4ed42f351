import {
  buildResponse,
  checkRemoteSequence,
  confirmDialog,
  type Dialog,
  dialogFromRequest,
  dialogFromResponse,
  dialogKey,
  inDialogRequest,
  keyOfDialog,
  updateTarget,
} from '../../../src/sip/index.js';
import { request } from '../lab.js';

// The names and the order of RFC 3261 16.12.1.1: U1 calls U2 through P1 and P2, both record-routing.
const RECORD_ROUTE = '<sip:p2.domain.com;lr>, <sip:p1.example.com;lr>';

function invite() {
  return request('INVITE', 'sip:callee@domain.com', [
    ['Contact', '<sip:caller@u1.example.com>'],
    ['Record-Route', RECORD_ROUTE],
    ['Call-ID', 'c1'],
    ['CSeq', '314159 INVITE'],
  ]);
}

function answer(status: number, contact = '<sip:callee@u2.domain.com>') {
  return buildResponse(invite(), status, { toTag: 'u2', headers: [['Contact', contact]] });
}

function established(): { caller: Dialog; callee: Dialog } {
  return { caller: dialogFromResponse(invite(), answer(200))!, callee: dialogFromRequest(invite(), 'u2', 'confirmed') };
}

describe('dialogs', () => {
  it('SIP-51 / RFC 3261 12.1.1, 12.1.2, 16.12.1.1: both ends agree on the dialog, each with its own route set', () => {
    const { caller, callee } = established();
    expect(caller).toMatchObject({
      localTag: 'a1',
      remoteTag: 'u2',
      remoteTarget: 'sip:callee@u2.domain.com',
      routeSet: ['<sip:p1.example.com;lr>', '<sip:p2.domain.com;lr>'],
      localSequence: 314_159,
      remoteSequence: undefined,
      state: 'confirmed',
      secure: false,
    });
    expect(callee).toMatchObject({
      localTag: 'u2',
      remoteTag: 'a1',
      remoteTarget: 'sip:caller@u1.example.com',
      routeSet: ['<sip:p2.domain.com;lr>', '<sip:p1.example.com;lr>'],
      remoteSequence: 314_159,
    });
  });

  it('SIP-51: a 180 makes an early dialog, a 100 and a 486 none', () => {
    expect(dialogFromResponse(invite(), answer(180))?.state).toBe('early');
    expect(dialogFromResponse(invite(), answer(100))).toBeUndefined();
    expect(dialogFromResponse(invite(), answer(486))).toBeUndefined();
  });

  it('SIP-51 / RFC 3261 13.2.2.4: the 2xx sets target and route set of an early dialog; later ones the target only', () => {
    const dialog = dialogFromResponse(
      request('INVITE', 'sip:callee@domain.com'),
      buildResponse(request('INVITE', 'sip:callee@domain.com'), 183, { toTag: 'u2' }),
    )!;
    expect(dialog.remoteTarget).toBe('sip:callee@domain.com');
    expect(dialog.routeSet).toEqual([]);
    confirmDialog(dialog, answer(200));
    expect(dialog.routeSet).toEqual(['<sip:p1.example.com;lr>', '<sip:p2.domain.com;lr>']);
    expect(dialog.remoteTarget).toBe('sip:callee@u2.domain.com');
    dialog.routeSet = ['<sip:fixed.example.com;lr>'];
    updateTarget(dialog, answer(200, '<sip:callee@new.domain.com>'));
    confirmDialog(dialog, answer(200, '<sip:callee@new.domain.com>'));
    expect(dialog.remoteTarget).toBe('sip:callee@new.domain.com');
    expect(dialog.routeSet).toEqual(['<sip:fixed.example.com;lr>']);
  });

  it('RFC 3261 12.2.1.1: a request within the dialog goes to the target, along the route set, with the next CSeq', () => {
    const { callee, caller } = established();
    const bye = inDialogRequest(callee, 'BYE');
    expect(bye.requestUri).toBe('sip:caller@u1.example.com');
    expect(bye.values('Route')).toEqual(['<sip:p2.domain.com;lr>', '<sip:p1.example.com;lr>']);
    expect([bye.fromTag, bye.toTag, bye.cseq]).toEqual(['u2', 'a1', { sequence: 1, method: 'BYE' }]);
    const update = inDialogRequest(caller, 'UPDATE', {
      headers: [['Contact', '<sip:x@y>']],
      body: 'v=0',
      contentType: 'application/sdp',
    });
    expect(update.cseq.sequence).toBe(314_160);
    expect([update.body, update.contentType]).toEqual(['v=0', 'application/sdp']);
    const ack = inDialogRequest(caller, 'ACK', { sequence: 314_159 });
    expect(ack.cseq).toEqual({ sequence: 314_159, method: 'ACK' });
    expect(caller.localSequence).toBe(314_160);
  });

  it('RFC 3261 12.2.1.1: a strict router first in the route set gets its URI as Request-URI', () => {
    const { caller } = established();
    caller.routeSet = ['<sip:p1.example.com>', '<sip:p2.domain.com;lr>'];
    const bye = inDialogRequest(caller, 'BYE');
    expect(bye.requestUri).toBe('sip:p1.example.com');
    expect(bye.values('Route')).toEqual(['<sip:p2.domain.com;lr>', '<sip:callee@u2.domain.com>']);
  });

  it('SIP-52 / RFC 3261 12.2.2: lower or equal numbers are stale, gaps are not, an ACK repeats its INVITE', () => {
    const { callee } = established();
    const numbered = (method: string, sequence: number) =>
      request(method, 'sip:x@y', [['CSeq', `${sequence} ${method}`]]);
    expect(checkRemoteSequence(callee, numbered('ACK', 314_159))).toBe('inOrder');
    expect(checkRemoteSequence(callee, numbered('INFO', 314_165))).toBe('inOrder');
    expect(checkRemoteSequence(callee, numbered('INFO', 314_165))).toBe('stale');
    expect(checkRemoteSequence(callee, numbered('INFO', 314_160))).toBe('stale');
    expect(callee.remoteSequence).toBe(314_165);
  });

  it('SIP-51 / RFC 3261 12: messages lead to their dialog on either side', () => {
    const { caller, callee } = established();
    expect(dialogKey(answer(200), 'uac')).toBe(keyOfDialog(caller));
    expect(dialogKey(inDialogRequest(caller, 'BYE'), 'uas')).toBe(keyOfDialog(callee));
    expect(dialogKey(inDialogRequest(callee, 'BYE'), 'uas')).toBe(keyOfDialog(caller));
  });
});
