/** TLS with programs that we did not write: OpenSSL as a UE, and tshark as the reader of captures. SIP-27, REG-21, REG-22. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Program } from './program.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

const root = resolve(__dirname, '../..');
const authorities = join(root, 'profiles/tls/ca.pem');
const folder = mkdtempSync(join(tmpdir(), 'imslab-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.log('openssl is not installed: no TLS client of others is tried');
if (!hasTshark) console.log('tshark is not installed: captures with TLS are not read with it');

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const register = [
  `REGISTER sip:${domain} SIP/2.0`,
  'Via: SIP/2.0/TLS 127.0.1.30:5061;branch=z9hG4bKopenssl1',
  'Max-Forwards: 70',
  `From: <sip:001010000000001@${domain}>;tag=openssl`,
  `To: <sip:001010000000001@${domain}>`,
  'Call-ID: openssl-1',
  'CSeq: 1 REGISTER',
  'Contact: <sip:001010000000001@127.0.1.30:5061;transport=tls>',
  'Expires: 600',
  'Supported: path, sec-agree',
  'Require: sec-agree',
  'Proxy-Require: sec-agree',
  'Security-Client: tls',
  `Authorization: Digest username="001010000000001@${domain}",realm="${domain}",uri="sip:${domain}",nonce="",response=""`,
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

/** What is heard after `text` until `ending`, when the connection is closed; without one until the client ends by itself. */
function talk(options: readonly string[], text: string, ending?: string): Promise<string> {
  return new Promise((done) => {
    const client = spawn('openssl', ['s_client', '-quiet', '-connect', '127.0.1.1:5061', ...options]);
    let heard = '';
    const timer = setTimeout(() => client.kill(), 15_000);
    const hear = (bytes: Buffer): void => {
      heard += bytes.toString('latin1');
      if (ending !== undefined && heard.includes(ending)) client.kill();
    };
    client.stdout.on('data', hear);
    client.stderr.on('data', hear);
    client.stdin.on('error', () => {});
    client.on('close', () => {
      clearTimeout(timer);
      done(heard);
    });
    client.stdin.write(text);
  });
}

(hasOpenssl ? describe : describe.skip)('openssl s_client at our P-CSCF', () => {
  it('SIP-27, REG-22: believes the certificate, registers over TLS 1.3, and reads a 401 that agrees to TLS', async () => {
    const core = Program.imslab(['up', 'volte-tls', '--only', 'hss1,scscf1,icscf1,pcscf1', '--out', 'up'], folder);
    await core.says('Serving.');
    const believed = ['-CAfile', authorities, '-verify_return_error', '-verify_hostname', `pcscf1.${domain}`];
    const heard = await talk(believed, register, '\r\n\r\n');
    // It says why with an alert, and ends.
    const stranger = await talk(['-CAfile', join(root, 'profiles/tls/other-ca.pem'), '-verify_return_error'], '');
    await core.says('ETLSREFUSED');
    core.signal('SIGINT');
    expect(await core.ended()).toMatchObject({ status: 0 });
    expect(heard).toContain('SIP/2.0 401 Unauthorized');
    expect(heard).toMatch(/\r\nSecurity-Server: tls\r\n/);
    expect(heard).toMatch(/WWW-Authenticate: Digest .*algorithm=MD5/);
    expect(stranger).toContain('verify error');
    const trace = readFileSync(join(folder, 'up', 'trace.jsonl'), 'latin1');
    expect(trace).toContain('ETLSREFUSED');
    if (!hasTshark) return;
    const capture = join(folder, 'up', 'capture.pcapng');
    // What a foreign client sends first is captured before its keys are known here: those are in the file beside.
    const keys = `tls.keylog_file:${join(folder, 'up', 'tls-keys.log')}`;
    const fields = ['-T', 'fields', '-e', 'sip.Method', '-e', 'sip.Status-Code'];
    const options = ['-r', capture, '-o', keys, '-Y', 'tcp.port == 5061 && sip', ...fields];
    const { stdout } = spawnSync('tshark', options, { encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual(['REGISTER\t', '\t401']);
  }, 60_000);
});

(hasTshark ? describe : describe.skip)('captures with TLS, read by tshark', () => {
  it.each([
    ['simulated', ['--simulated'], '0x0303'],
    ['on sockets', [], '0x0304'],
  ])(
    '%s: the keys in the capture open every record',
    async (name, options, version) => {
      const out = name.replace(' ', '-');
      const run = Program.imslab(['run', 'volte-tls', ...options, '--out', out], folder);
      expect(await run.ended()).toMatchObject({ status: 0 });
      const file = join(folder, out, 'capture.pcapng');
      expect(captureFaults(file)).toEqual([]);
      const over = tsharkFields(file, 'tcp.port == 5061 && sip', ['sip.CSeq.method']);
      expect(over.map(([method]) => method)).toEqual(expect.arrayContaining(['REGISTER', 'INVITE', 'PRACK', 'BYE']));
      const versions = tsharkFields(file, 'tls.handshake.type == 2', [
        'tls.handshake.extensions.supported_version',
        'tls.handshake.version',
      ]);
      expect(versions.length).toBe(2);
      for (const [supported, legacy] of versions) expect(supported === '' ? legacy : supported).toBe(version);
      // The same lines as a file of their own, as SSLKEYLOGFILE has them.
      expect(readFileSync(join(folder, out, 'tls-keys.log'), 'latin1')).toMatch(
        /^(CLIENT_RANDOM|CLIENT_TRAFFIC_SECRET_0) /m,
      );
    },
    60_000,
  );
});
