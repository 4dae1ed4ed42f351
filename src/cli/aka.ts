/** `imslab aka`: its sub-commands. What they do is loaded when one is called. */
import { type Command, Option } from 'commander';

/** Adds `aka`, and gives it back for whoever completes its usage errors. */
export function addAka(imslab: Command, exitWith: (code: number) => void): Command {
  const aka = imslab
    .command('aka')
    .description('AKA step by step: keys, vectors, AUTS, digests, and why a challenge fails');

  aka
    .command('opc')
    .description('OPc from OP, or TOPc from TOP')
    .option('--k <HEX>', 'the key')
    .option('--op <HEX>', 'OP of Milenage')
    .option('--top <HEX>', 'TOP of TUAK')
    .option('--iterations <N>', 'of TUAK (default: 1)')
    .option('--json', 'one JSON document on stdout')
    .action(async (options) => exitWith((await import('./aka-vector.js')).opc(options)));

  keys(aka.command('vector').description('an authentication vector with every value between'))
    .option('--rand <HEX>', '16 octets (default: random ones)')
    .option('--sqn <SQN>', "12 hexadecimal digits, 0x…, or decimal (default: the subscriber's, else 0)")
    .option('--amf <HEX>', "2 octets (default: the subscriber's, else 0000)")
    .option('--ind-bits <N>', 'how many bits of SQN are IND (default: 5)')
    .action(async (options) => exitWith((await import('./aka-vector.js')).vector(options)));

  window(
    challenge(keys(aka.command('check').description('what a USIM makes of a challenge: MAC, SQN, RES, CK, IK'))),
  ).action(async (options) => exitWith((await import('./aka-vector.js')).check(options)));

  keys(aka.command('auts').description('makes an AUTS, or opens one'))
    .option('--rand <HEX>', 'RAND of the refused challenge')
    .option('--auts <HEX|BASE64>', 'the AUTS to open')
    .option('--sqn-ms <SQN>', 'the highest SQN of the card, to make one')
    .option('--amf <HEX>', 'AMF of the challenge, to look for it in an AUTS that does not fit')
    .action(async (options) => exitWith((await import('./aka-vector.js')).auts(options)));

  addDigest(aka, exitWith);

  window(
    keys(aka.command('explain').description('why a captured challenge, or the answer to it, does not fit the keys')),
  )
    .argument('<FILE>', 'a capture, SIP messages, or their WWW-Authenticate and Authorization lines; - for stdin')
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (file, options) => exitWith((await import('./aka-explain.js')).explain(file, options)));

  aka.addHelpText('after', AKA_HELP);
  return aka;
}

function addDigest(aka: Command, exitWith: (code: number) => void): void {
  keys(aka.command('digest').description('a digest response with every text between'))
    .option('--digest <ALGORITHM>', 'AKAv1-MD5, AKAv2-MD5, MD5 or SHA-256', 'AKAv1-MD5')
    .option('--username <TEXT>', 'as in Authorization: the IMPI')
    .option('--realm <TEXT>', 'as in the challenge')
    .option('--nonce <TEXT>', 'as in the challenge')
    .option('--uri <TEXT>', 'as in Authorization (default: sip:REALM)')
    .option('--method <TEXT>', 'of the request', 'REGISTER')
    .option('--qop <QOP>', 'auth, auth-int or none', 'auth')
    .option('--nc <TEXT>', 'eight hexadecimal digits', '00000001')
    .option('--cnonce <TEXT>', 'chosen by the UE', '')
    .option('--body <TEXT>', 'of the request, for auth-int', '')
    .option('--res <HEX>', "in place of keys; '' beside auts (RFC 3310 3.4)")
    .option('--ck <HEX>', 'beside --res, for AKAv2')
    .option('--ik <HEX>', 'beside --res, for AKAv2')
    .option('--password <TEXT>', 'for MD5 and SHA-256')
    .action(async (options) => exitWith((await import('./aka-digest.js')).digest(options)));
}

function keys(command: Command): Command {
  return command
    .addOption(
      new Option('--algorithm <NAME>', 'of the card (default: milenage, with --top or --topc tuak)').choices([
        'milenage',
        'tuak',
        'xor',
      ]),
    )
    .option('--k <HEX>', 'the key, with or without blanks, colons and 0x')
    .option('--opc <HEX>', 'OPc of Milenage')
    .option('--op <HEX>', 'OP, in place of OPc')
    .option('--c <HEX,…>', "Milenage's five constants, where the operator has its own")
    .option('--r <BITS,…>', "Milenage's five rotations, where the operator has its own")
    .option('--topc <HEX>', 'TOPc of TUAK')
    .option('--top <HEX>', 'TOP, in place of TOPc')
    .option('--iterations <N>', 'of TUAK (default: 1)')
    .option('--mac-bits <N>', 'of TUAK: 64, 128 or 256 (default: 64)')
    .option('--res-bits <N>', 'of TUAK: 32, 64, 128 or 256 (default: 64)')
    .option('--ck-bits <N>', 'of TUAK: 128 or 256 (default: 128)')
    .option('--ik-bits <N>', 'of TUAK: 128 or 256 (default: 128)')
    .option('--subscribers <FILE>', 'take the keys from a subscriber file, or a shipped one by its name')
    .option('--imsi <IMSI>', 'of the subscriber in that file')
    .option('--json', 'one JSON document on stdout');
}

function challenge(command: Command): Command {
  return command
    .option('--nonce <BASE64>', 'RAND and AUTN as in WWW-Authenticate')
    .option('--rand <HEX>', '16 octets')
    .option('--autn <HEX>', '16 octets');
}

/** What the card has accepted so far (TS 33.102 C.2). */
function window(command: Command): Command {
  return command
    .option('--sqn-ms <SQN>', 'the highest SQN that the card has accepted')
    .option('--ind-bits <N>', 'how many bits of SQN are IND (default: 5)')
    .option('--delta <N>', 'the largest jump of SEQ (default: 268435456)')
    .option('--age-limit <N>', 'how far behind the highest one a SEQ is refused (default: no limit)');
}

const AKA_HELP = `
Keys are given by hand (--k --opc) or taken from a subscriber file
(--subscribers subscribers/default --imsi 001010000000001).

Exit status: 0 it fits, 1 it does not, 2 bad usage or bad file.`;

const EXPLAIN_HELP = `
The file is a pcap or pcapng, or text with a 401, the REGISTER that answers it,
both one after the other, or only their header lines. Whatever else is in it is
passed over. Of several users --imsi says which; it stands beside --k too. The
verdict says whether MAC, SQN or RES is what differs, and which of the usual
mistakes explains it.`;
