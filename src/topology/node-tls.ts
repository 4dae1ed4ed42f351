/** Which nodes and UEs of a topology need TLS, and for what. */
import { hostPort } from '../sip/message/index.js';
import type { LabListen } from './lab.js';
import type { KeyPath } from './source.js';
import type { TlsFiles, TlsInput, TlsReader } from './tls-files.js';
import type { UeInput } from './topology-schema.js';

/** Says what is wrong with a line of a UE. */
type Blame = (line: string, key: KeyPath, what: string, mend: string) => void;

export class NodeTls {
  /** The members of a pool share one. */
  readonly #ofUes = new Map<string, TlsFiles>();

  /** @param listens of each node, as far as they are known */
  constructor(
    private readonly reader: TlsReader,
    private readonly listens: ReadonlyMap<string, readonly LabListen[]>,
    private readonly blame: Blame,
  ) {}

  /** Undefined where the node has no TLS. */
  ofNode(name: string, input: TlsInput | undefined): TlsFiles | undefined {
    const point = this.listens.get(name)?.find(({ protocol }) => protocol === 'tls');
    if (input === undefined && point === undefined) return undefined;
    const identity = point && `it listens on tls://${hostPort(point.address, point.port)}`;
    return this.reader.read(['nodes', name, 'tls'], input ?? {}, { identity, authorities: undefined });
  }

  /** TS 33.203 O.2: the UE needs to know whose certificates to believe. */
  ofUe(line: string, input: UeInput, proxies: readonly string[], mechanism: string): TlsFiles | undefined {
    const points = (proxy: string) => this.listens.get(proxy) ?? [];
    const lacking = proxies.find((proxy) => points(proxy).every(({ protocol }) => protocol !== 'tls'));
    if (mechanism === 'tls' && lacking !== undefined && points(lacking).length > 0) {
      const mend = `add to nodes.${lacking}.listen one with tls://, or choose another mechanism`;
      this.blame(line, input.security === undefined ? ['via'] : ['security'], `is tls, and ${lacking} has none`, mend);
      return undefined;
    }
    const only = proxies.find(
      (proxy) => points(proxy).length > 0 && points(proxy).every(({ protocol }) => protocol === 'tls'),
    );
    if (mechanism !== 'tls' && only === undefined && input.tls === undefined) return undefined;
    const why = mechanism === 'tls' ? 'its mechanism is tls' : only && `${only} listens on tls:// alone`;
    const key = `${line} ${input.tls?.authorities} ${why}`;
    let files = this.#ofUes.get(key);
    if (files === undefined) {
      files = this.reader.read(['nodes', line, 'tls'], input.tls ?? {}, { identity: undefined, authorities: why });
      this.#ofUes.set(key, files);
    }
    return files;
  }
}
