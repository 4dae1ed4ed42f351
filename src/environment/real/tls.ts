/** TLS over the streams of `stream.ts`, so that the capture sees the records and the trace what is within. RFC 8446, RFC 5246. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { HandShakes } from '../hand-shakes.js';
import type {
  Endpoint,
  StreamConnection,
  StreamHandlers,
  StreamListenerHandlers,
  Timer,
  TlsFailure,
  TlsIdentity,
  TlsTrust,
} from '../index.js';
import { connectStream, RealStreamConnection } from './stream.js';
import type { Wiring } from './wiring.js';

/** How long the other end may take with its hand-shake. */
const HANDSHAKE_MAX_MS = 10_000;

/** What OpenSSL and node say of a certificate; the rest is `ETLSUNTRUSTED`, as no authority of ours stands behind it. */
const certificateFailures: Readonly<Record<string, TlsFailure>> = {
  CERT_HAS_EXPIRED: 'ETLSEXPIRED',
  CERT_NOT_YET_VALID: 'ETLSNOTYETVALID',
  ERR_TLS_CERT_ALTNAME_INVALID: 'ETLSNAME',
};

/** @param isOfCertificate the hand-shake is over, and the certificate is not believed */
function failureOf(code = '', isOfCertificate: boolean): TlsFailure {
  if (isOfCertificate) return certificateFailures[code] ?? 'ETLSUNTRUSTED';
  return code.includes('ALERT') ? 'ETLSREFUSED' : 'ETLSFAILED';
}

/** The octets of a connection, as the library wants them. */
class Records extends Duplex implements StreamHandlers {
  carrier!: StreamConnection;
  /** Hears how the connection below ended. */
  onCarrierClosed: (errorCode: string | undefined) => void = () => {};

  constructor() {
    super({ allowHalfOpen: false });
  }

  onOpen(): void {}

  onData(bytes: Buffer): void {
    if (!this.destroyed) this.push(bytes);
  }

  onClose(errorCode: string | undefined): void {
    this.onCarrierClosed(errorCode);
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.carrier.write(bytes);
    done();
  }

  override _final(done: (error?: Error) => void): void {
    this.carrier.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.carrier.close();
    done(error);
  }
}

/** One end of a connection with TLS. */
class SecuredStream implements StreamConnection {
  /** Undefined: who accepts has not heard of it yet. */
  handlers: StreamHandlers | undefined;
  isSecure = false;
  readonly #wiring: Wiring;
  readonly #records: Records;
  readonly #socket: TLSSocket;
  readonly #onEnded: (code: string | undefined) => void;
  #verdict: string | undefined;
  #carrierCode: string | undefined;
  #isClosed = false;
  /** Lines of keys that it has told, and the other end, ours too, may never come to know. */
  readonly #told: string[] = [];
  /** Written before TLS stands. */
  #waiting: Buffer[] = [];
  #closesWhenSecure = false;
  readonly #timer: Timer;

  constructor(
    wiring: Wiring,
    records: Records,
    socket: TLSSocket,
    events: {
      readonly secured: 'secure' | 'secureConnect';
      onSecured(): void;
      onEnded(code: string | undefined): void;
    },
  ) {
    this.#wiring = wiring;
    this.#records = records;
    this.#socket = socket;
    this.#onEnded = events.onEnded;
    this.#timer = wiring.clock.setTimer(HANDSHAKE_MAX_MS, () => {
      this.#verdict = 'ETIMEDOUT';
      this.destroy();
    });
    records.onCarrierClosed = (code) => {
      this.#carrierCode = code;
      // What was pushed is read first.
      setImmediate(() => socket.destroy());
    };
    socket.on(events.secured, () =>
      wiring.turn(() => {
        this.#timer.cancel();
        this.isSecure = true;
        events.onSecured();
        this.#sendWaiting();
      }),
    );
    socket.on('data', (bytes: Buffer) => wiring.turn(() => this.#onData(bytes)));
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // That the connection below has ended is told by that.
      if (!this.isSecure && error.code !== 'ECONNRESET') {
        this.#verdict ??= failureOf(error.code, isDisbelieved(socket));
      }
    });
    socket.on('close', () => wiring.turn(() => this.#onClose()));
    socket.on('keylog', (line: Buffer) => this.#onKeys(line));
  }

  get local(): Endpoint {
    return this.#records.carrier.local;
  }

  get remote(): Endpoint {
    return this.#records.carrier.remote;
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0 || this.#isClosed || this.#closesWhenSecure || this.#socket.writableEnded) return;
    if (!this.isSecure) {
      this.#waiting.push(bytes);
      return;
    }
    const { carrier } = this.#records;
    if (carrier instanceof RealStreamConnection) carrier.tapSent(bytes);
    this.#socket.write(bytes);
  }

  close(): void {
    if (this.#waiting.length === 0) this.#socket.end();
    else this.#closesWhenSecure = true;
  }

  destroy(): void {
    this.#records.carrier.destroy();
    this.#socket.destroy();
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const closes = this.#closesWhenSecure;
    this.#closesWhenSecure = false;
    for (const bytes of waiting) this.write(bytes);
    if (closes) this.close();
  }

  #onData(bytes: Buffer): void {
    const { carrier } = this.#records;
    if (carrier instanceof RealStreamConnection) carrier.tapReceived(bytes);
    this.handlers?.onData(bytes);
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer.cancel();
    for (const line of this.#told) this.#wiring.toldKeys.delete(line);
    const code = this.#verdict ?? this.#carrierCode;
    this.#onEnded(this.isSecure ? this.#carrierCode : (code ?? 'ETLSFAILED'));
  }

  /** Where both ends are ours, each knows some keys before the other: whoever is first tells. */
  #onKeys(octets: Buffer): void {
    const { carrier } = this.#records;
    const { onKeys, toldKeys } = this.#wiring;
    if (onKeys === undefined) return;
    const line = octets.toString('latin1').trimEnd();
    if (toldKeys.delete(line)) return;
    if (carrier instanceof RealStreamConnection && carrier.peerIsOurs) {
      toldKeys.add(line);
      this.#told.push(line);
    }
    onKeys(line);
  }
}

/** Opens a connection and has TLS stand on it; whatever is wrong is told by `onClose`, never synchronously. */
export function connectSecured(
  wiring: Wiring,
  from: Endpoint,
  to: Endpoint,
  handlers: StreamHandlers,
  { authorities, names }: TlsTrust,
): StreamConnection {
  const records = new Records();
  records.carrier = connectStream(wiring, from, to, records);
  if (records.carrier instanceof RealStreamConnection) records.carrier.carriesRecords = true;
  const host = names.find((each) => !/^[\d.]+$|:/.test(each));
  const socket = connect({
    socket: records,
    secureContext: wiring.secureContext(`ca ${authorities}`, () => createSecureContext({ ca: authorities })),
    ...(host !== undefined && { servername: host }),
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    checkServerIdentity: (_, { raw }) => (isNamed(new X509Certificate(raw), names) ? undefined : new NameMismatch()),
  });
  const stream = new SecuredStream(wiring, records, socket, {
    secured: 'secureConnect',
    onSecured: () => handlers.onOpen(),
    onEnded: (code) => handlers.onClose(code),
  });
  stream.handlers = handlers;
  return stream;
}

/** Node sets it as soon as it has looked at the certificate; null while there is nothing against it. */
function isDisbelieved({ authorizationError }: { readonly authorizationError: unknown }): boolean {
  return authorizationError !== null && authorizationError !== undefined;
}

/** RFC 5922 7.1, 7.2: it has one of the names by which the node is known, and has it in full. */
function isNamed(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.some((name) =>
    isIP(name) === 0 ? certificate.checkHost(name, { wildcards: false }) : certificate.checkIP(name),
  );
}

class NameMismatch extends Error {
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID';
}

/** What the library has against showing this, in its own words. */
export function identityProblem({ certificate, key }: TlsIdentity): string | undefined {
  try {
    createSecureContext({ cert: certificate, key });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Takes connections for `user`, and hands on those on which TLS stands. */
export class SecuredListener implements StreamListenerHandlers {
  readonly #underWay = new HandShakes<SecuredStream>();

  constructor(
    private readonly wiring: Wiring,
    private readonly identity: TlsIdentity,
    private readonly user: StreamListenerHandlers,
  ) {}

  onListening(local: Endpoint): void {
    this.user.onListening?.(local);
  }

  onConnection(connection: StreamConnection): StreamHandlers {
    const { wiring, user } = this;
    const { address } = connection.remote;
    const records = new Records();
    records.carrier = connection;
    if (connection instanceof RealStreamConnection) connection.carriesRecords = true;
    const socket = new TLSSocket(records, { isServer: true, secureContext: this.#secureContext });
    const stream = new SecuredStream(wiring, records, socket, {
      secured: 'secure',
      onSecured: () => {
        this.#underWay.end(address, stream);
        stream.handlers = user.onConnection(stream);
        stream.handlers.onOpen();
      },
      onEnded: (code) => {
        this.#underWay.end(address, stream);
        if (stream.handlers !== undefined) stream.handlers.onClose(code);
        else user.onTlsFailed?.(stream.remote, code ?? 'ETLSFAILED');
      },
    });
    this.#underWay.begin(address, stream);
    return records;
  }

  onError(code: string, message: string): void {
    this.user.onError(code, message);
  }

  get #secureContext(): SecureContext {
    const { certificate, key } = this.identity;
    return this.wiring.secureContext(`own ${certificate}`, () => createSecureContext({ cert: certificate, key }));
  }
}
