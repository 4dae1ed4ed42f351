/** What the network says about why something failed: for each bad case the right cause comes first, in one sentence with its clause. */
import { HandCallee, HandUe } from './hand-ue.js';
import { publicIdentityOf, startNetwork, subscriber, type TestNetwork } from './network.js';

interface BadCase {
  readonly name: string;
  readonly network: () => TestNetwork;
  /** Makes it happen; returns the final status that the UE hears. */
  readonly act: (network: TestNetwork) => number;
  readonly status: number;
  readonly cause: string;
  /** What a person needs to read in the sentence. */
  readonly says: RegExp;
}

const register = (network: TestNetwork): number => new HandUe(network).registerAka().status;

function registerAt(network: TestNetwork, home: string): number {
  const ue = new HandUe(network);
  const request = ue.makeRegister({ authorization: ue.firstAuthorization }).edit().requestUri(home).message();
  return ue.finalOf(ue.send(request)).status;
}

/** UE 1 registers and calls UE 2. */
function call(network: TestNetwork, target = publicIdentityOf(2)): number {
  const ue = new HandUe(network, 1);
  expect(ue.registerAka().status).toBe(200);
  return ue.finalOf(ue.invite(target).exchange).status;
}

const cases: readonly BadCase[] = [
  {
    name: 'unknown UE',
    network: () => startNetwork({ subscribers: [subscriber(2)] }),
    act: register,
    status: 403,
    cause: 'hss1 cause.userUnknown',
    says: /001010000000001@.*no such identity is provisioned/,
  },
  {
    name: 'wrong key',
    network: () => startNetwork(),
    act: (network) => {
      const ue = new HandUe(network);
      ue.k = Buffer.alloc(16, 5);
      const nonce = /nonce="([^"]+)"/.exec(
        ue.register({ authorization: ue.firstAuthorization }).header('WWW-Authenticate')!,
      )![1]!;
      return ue.register({ authorization: ue.firstAuthorization.replace('nonce=""', `nonce="${nonce}"`) }).status;
    },
    status: 403,
    cause: 'scscf1 cause.macFailure',
    says: /K or OPc differ/,
  },
  {
    name: 'RFC 3261 16.3: hops used up',
    network: () => startNetwork(),
    act: (network) => {
      const ue = new HandUe(network);
      const request = ue
        .makeRegister({ authorization: ue.firstAuthorization })
        .edit()
        .set('Max-Forwards', '0')
        .message();
      return ue.finalOf(ue.send(request)).status;
    },
    status: 483,
    cause: 'pcscf1 cause.tooManyHops',
    says: /REGISTER for sip:\S+ is refused with 483: its Max-Forwards has come down to 0/,
  },
  {
    name: 'HSS down',
    network: () => startNetwork({ down: ['hss1'] }),
    act: register,
    status: 480,
    cause: 'icscf1 cause.hssUnreachable',
    says: /UAR was not answered by the HSS .*no connection to hss1 at \S+:3868 has come about yet.*is it running/,
  },
  {
    name: 'S-CSCF down',
    network: () => startNetwork({ down: ['scscf1'] }),
    act: register,
    status: 504,
    cause: 'icscf1 cause.servingNodeUnreachable',
    says: /S-CSCF sip:scscf1.*is it running/,
  },
  {
    name: 'I-CSCF down',
    network: () => startNetwork({ down: ['icscf1'] }),
    act: register,
    status: 504,
    cause: 'pcscf1 cause.interrogatingNodeUnreachable',
    says: /no I-CSCF of ims\.mnc001.*is it running/,
  },
  {
    name: 'no I-CSCF in the topology',
    network: () => startNetwork({ interrogators: 0 }),
    act: register,
    status: 504,
    cause: 'pcscf1 cause.interrogatingNodeUnreachable',
    says: /no I-CSCF of ims\.mnc001\.\S+ is known here: add one to the topology$/,
  },
  {
    name: 'TS 23.003 13.2: a home domain with an MNC of two digits',
    network: () => startNetwork(),
    act: (network) => registerAt(network, 'sip:ims.mnc01.mcc001.3gppnetwork.org'),
    status: 504,
    cause: 'pcscf1 cause.interrogatingNodeUnreachable',
    says: /sip:ims\.mnc01\.mcc001\.3gppnetwork\.org.* home domain here is ims\.mnc001\.mcc001\.3gppnetwork\.org.*3 digits/,
  },
  {
    name: 'the home domain in other letters, I-CSCF down',
    network: () => startNetwork({ down: ['icscf1'] }),
    act: (network) => registerAt(network, 'sip:IMS.mnc001.mcc001.3GPPnetwork.org'),
    status: 504,
    cause: 'pcscf1 cause.interrogatingNodeUnreachable',
    says: /no I-CSCF of ims\.mnc001.*is it running/i,
  },
  {
    name: 'roaming not allowed',
    network: () => startNetwork({ subscribers: [subscriber(1, { visitedNetworks: [] })] }),
    act: register,
    status: 403,
    cause: 'hss1 cause.roamingNotAllowed',
    says: /does not allow roaming/,
  },
  {
    name: 'callee not registered',
    network: () => startNetwork(),
    act: call,
    status: 480,
    cause: 'hss1 cause.calleeNotRegistered',
    says: /\+15550100002.*not registered/,
  },
  {
    name: 'callee unknown',
    network: () => startNetwork(),
    act: (network) => call(network, 'tel:+15559999999'),
    status: 404,
    cause: 'hss1 cause.userUnknown',
    says: /\+15559999999.*no such identity/,
  },
  {
    name: 'callee busy',
    network: () => startNetwork(),
    act: (network) => {
      const callee = new HandUe(network, 2);
      expect(callee.registerAka().status).toBe(200);
      new HandCallee(callee, (called) => called.reject(486));
      return call(network);
    },
    status: 486,
    cause: 'pcscf1 cause.calleeBusy',
    says: /\+15550100002.*is busy/,
  },
  {
    name: 'caller not registered',
    network: () => startNetwork(),
    act: (network) => {
      const ue = new HandUe(network, 1);
      return ue.finalOf(ue.invite(publicIdentityOf(2)).exchange).status;
    },
    status: 403,
    cause: 'pcscf1 cause.notRegistered',
    says: /has to register first/,
  },
];

describe('explanations', () => {
  it.each(cases)('$name: $status, $cause', ({ network: start, act, status, cause, says }) => {
    const network = start();
    expect(act(network)).toBe(status);
    expect(network.causes[0]).toBe(cause);
    const causes = network.notes.filter(({ what }) => what.startsWith('cause.'));
    expect(causes[0]!.text).toMatch(says);
    for (const { node, text, clause } of causes) {
      expect(text.startsWith(`${node}: `)).toBe(true);
      // One sentence: no full stop before its end, no line break.
      expect(text).not.toMatch(/\. [A-Z]|\n/);
      expect(clause).toMatch(/^(TS \d|RFC \d)/);
    }
  });
});
