import { type WatchdogEvent, watchdogMachine } from '../../../src/diameter/peer/watchdog.machine.js';
import { runMachine } from './machine-run.js';

const up: WatchdogEvent = { type: 'connection.up' };
const down: WatchdogEvent = { type: 'connection.down' };
const dwa: WatchdogEvent = { type: 'watchdog.answer' };
const message: WatchdogEvent = { type: 'peer.message' };
const expiry: WatchdogEvent = { type: 'timer.watchdog' };

const suspect = [up, expiry, expiry];
const reopen = [up, down, up];

/** The rows of RFC 3539 3.4.1: events that lead there, the event, the actions, the next state, Pending, NumDWA. */
const rows: [
  row: string,
  before: WatchdogEvent[],
  event: WatchdogEvent,
  effects: string[],
  state: string,
  pending: boolean,
  answerCount: number,
][] = [
  ['INITIAL | Connection up | SetWatchdog() | OKAY', [], up, ['setWatchdog'], 'okay', false, 0],
  ['INITIAL | Receive DWA | Throwaway() | INITIAL', [], dwa, [], 'initial', false, 0],
  ['INITIAL | Receive non-DWA | Throwaway() | INITIAL', [], message, [], 'initial', false, 0],
  ['OKAY | Receive DWA | Pending = FALSE, SetWatchdog() | OKAY', [up, expiry], dwa, ['setWatchdog'], 'okay', false, 0],
  ['OKAY | Receive non-DWA | SetWatchdog() | OKAY', [up], message, ['setWatchdog'], 'okay', false, 0],
  [
    'OKAY | Timer expires & !Pending | SendWatchdog(), SetWatchdog(), Pending = TRUE | OKAY',
    [up],
    expiry,
    ['sendWatchdog', 'setWatchdog'],
    'okay',
    true,
    0,
  ],
  [
    'OKAY | Timer expires & Pending | Failover(), SetWatchdog() | SUSPECT',
    [up, expiry],
    expiry,
    ['failOver', 'setWatchdog'],
    'suspect',
    true,
    0,
  ],
  ['OKAY | Connection down | Failover() | DOWN', [up], down, ['clearWatchdog', 'failOver'], 'down', false, 0],
  [
    'SUSPECT | Receive DWA | Pending = FALSE, Failback(), SetWatchdog() | OKAY',
    suspect,
    dwa,
    ['failBack', 'setWatchdog'],
    'okay',
    false,
    0,
  ],
  [
    'SUSPECT | Receive non-DWA | Failback(), SetWatchdog() | OKAY',
    suspect,
    message,
    ['failBack', 'setWatchdog'],
    'okay',
    true,
    0,
  ],
  [
    'SUSPECT | Timer expires | CloseConnection() | DOWN',
    suspect,
    expiry,
    ['clearWatchdog', 'closeConnection'],
    'down',
    true,
    0,
  ],
  ['SUSPECT | Connection down | CloseConnection() | DOWN', suspect, down, ['clearWatchdog'], 'down', true, 0],
  [
    'DOWN | Connection up | NumDWA = 0, SendWatchdog(), SetWatchdog(), Pending = TRUE | REOPEN',
    [up, down],
    up,
    ['sendWatchdog', 'setWatchdog'],
    'reopen',
    true,
    0,
  ],
  ['DOWN | Receive DWA | Throwaway() | DOWN', [up, down], dwa, [], 'down', false, 0],
  ['DOWN | Receive non-DWA | Throwaway() | DOWN', [up, down], message, [], 'down', false, 0],
  ['REOPEN | Receive DWA & NumDWA < 2 | Pending = FALSE, NumDWA++ | REOPEN', reopen, dwa, [], 'reopen', false, 1],
  [
    'REOPEN | Receive DWA & NumDWA == 2 | Pending = FALSE, NumDWA++, Failback() | OKAY',
    [...reopen, dwa, dwa],
    dwa,
    ['failBack'],
    'okay',
    false,
    3,
  ],
  ['REOPEN | Receive non-DWA | Throwaway() | REOPEN', reopen, message, [], 'reopen', true, 0],
  [
    'REOPEN | Timer expires & !Pending | SendWatchdog(), SetWatchdog(), Pending = TRUE | REOPEN',
    [...reopen, dwa],
    expiry,
    ['sendWatchdog', 'setWatchdog'],
    'reopen',
    true,
    1,
  ],
  [
    'REOPEN | Timer expires & Pending & NumDWA >= 0 | NumDWA = -1, SetWatchdog() | REOPEN',
    reopen,
    expiry,
    ['setWatchdog'],
    'reopen',
    true,
    -1,
  ],
  [
    'REOPEN | Timer expires & Pending & NumDWA < 0 | CloseConnection() | DOWN',
    [...reopen, expiry],
    expiry,
    ['clearWatchdog', 'closeConnection'],
    'down',
    true,
    -1,
  ],
  ['REOPEN | Connection down | CloseConnection() | DOWN', reopen, down, ['clearWatchdog', 'failOver'], 'down', true, 0],
];

describe('watchdog machine', () => {
  it.each([
    ['INITIAL', [], 'initial'],
    ['DOWN', [up, down], 'down'],
  ])(
    'RFC 3539 3.4.1: %s | Timer expires: the peer machine opens with Tc, so that no Tw runs here',
    (_, before, state) => {
      const run = runMachine(watchdogMachine, undefined);
      for (const event of before) run.step(event);
      expect(run.step(expiry)).toEqual({ effects: [], state });
    },
  );

  it.each(rows)('CX-62 / RFC 3539 3.4.1: %s', (_, before, event, effects, state, pending, answerCount) => {
    const run = runMachine(watchdogMachine, undefined);
    for (const earlier of before) run.step(earlier);
    expect(run.step(event)).toEqual({ effects, state });
    expect(run.instance.context).toEqual({ pending, answerCount });
  });
});
