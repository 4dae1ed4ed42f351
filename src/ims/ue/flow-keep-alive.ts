/** Keeps one flow alive: performs what `keep-alive.machine.ts` decides. RFC 6223, RFC 5626 4.4. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Destination, SipResponse } from '../../sip/index.js';
import { keepAlive } from './keep-alive.machine.js';
import type { UserAgent } from './user-agent.js';

const datagramAttemptsMax = 3;

export class FlowKeepAlive {
  readonly #machine: Instance<typeof keepAlive>;

  constructor(
    private readonly agent: UserAgent,
    private readonly flow: Destination,
    intervalMs: number,
    private readonly onFailed: () => void,
  ) {
    this.#machine = agent.host.create(keepAlive, {
      id: `keepAlive:${flow.endpoint.address}:${flow.endpoint.port}`,
      input: {
        // RFC 5626 4.4.1: between 80 and 100 % of it, so that not all phones do it at once.
        intervalMs: intervalMs * (0.8 + 0.2 * agent.random.fraction()),
        attemptsMax: flow.protocol !== 'udp' ? 1 : datagramAttemptsMax,
      },
      owner: this,
      effects,
    });
  }

  /** Something has answered: this flow's far end, or another's. */
  onPong({ protocol, endpoint }: Destination): void {
    const { protocol: own, endpoint: far } = this.flow;
    if (protocol !== own || endpoint.address !== far.address || endpoint.port !== far.port) return;
    if (!this.#machine.done) this.#machine.send({ type: 'flow.pong' });
  }

  stop(): void {
    this.#machine.stop();
  }

  /** For the machine. */
  send(): void {
    this.agent.sip.keepAlive(this.flow);
  }

  /** For the machine. */
  fail(): void {
    this.onFailed();
  }
}

/** Milliseconds between keep-alives, as the answer to REGISTER wants them; undefined: it does not want any. */
export function keepAliveInterval(response: SipResponse, ownMs: number | undefined): number | undefined {
  const flowTimer = Number.parseInt(response.header('Flow-Timer') ?? '', 10); // RFC 5626 5.4
  if (flowTimer > 0) return flowTimer * 1000;
  const keep = response.topVia.parameters.get('keep');
  if (ownMs === undefined || typeof keep !== 'string') return undefined; // RFC 6223 4.1: a value is the agreement
  const seconds = Number.parseInt(keep, 10);
  return seconds > 0 ? seconds * 1000 : ownMs;
}

const effects: EffectsOf<typeof keepAlive, FlowKeepAlive> = {
  sendKeepAlive: (_, flow) => flow.send(),
  reportFlowFailed: (_, flow) => flow.fail(),
};
