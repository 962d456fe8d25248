/**
 * A camera by its name. What the system cannot find and ends in `.local` is asked for in the network itself (RFC 6762, section 5.1): many
 * systems, and all containers, do not do that by themselves. Only devices of this link are heard, and only addresses of this link taken.
 */
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import dns, { type LookupAddress } from 'node:dns';
import { BlockList, type LookupFunction } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { encodeQuestion, parseAnswer } from './mdns.ts';

const MDNS_PORT = 5353;
const GROUPS = { 4: '224.0.0.251', 6: 'ff02::fb' } as const;
/** The system has so long before the network is asked as well: its own servers know nothing of `.local`, and some say so late. */
const SYSTEM_MS = 700;
/** When the question is put; Wi-Fi loses multicast (RFC 6762, section 5.2 has the first pause of a second). */
const ASKED_AT_MS = [0, 1_000, 2_500] as const;
const ANSWERED_WITHIN_MS = 3_500;
/** Avahi answers for each family by itself, and many a camera has IPv6 for its name and not for its stream. */
const OTHER_FAMILY_MS = 150;
const MAX_LINKS = 16;
const MAX_ADDRESSES = 8;

/** One of this machine's ways into a network. */
interface Link {
  readonly family: 4 | 6;
  /** Ours, with the zone where it needs one. */
  readonly address: string;
  /** What tells it from others of this machine. */
  readonly zone: string;
  /** What is on it. */
  readonly subnet: BlockList;
}

export function isLocalName(host: string): boolean {
  return /\.local\.?$/iu.test(host);
}

/** For sockets: `dns.lookup` that knows `.local` names. */
export const lookupLocal: LookupFunction = (host, options, callback) => {
  addressesOf(host).then(
    (all) => {
      const { family: only } = options;
      const wanted = all.filter(({ family }) => (only !== 4 && only !== 6) || family === only);
      const [first] = wanted;
      if (first === undefined) callback(notFound(host), '', 0);
      else if (options.all === true) callback(null, wanted);
      else callback(null, first.address, first.family);
    },
    () => callback(notFound(host), '', 0),
  );
};

function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`nobody says to be ${host}`), { code: 'ENOTFOUND' });
}

/** Rejects where there is no answer. */
async function addressesOf(host: string): Promise<readonly LookupAddress[]> {
  const bySystem = dns.promises.lookup(host, { all: true });
  const early = await Promise.race([bySystem.catch(() => undefined), pause(SYSTEM_MS)]);
  if (early !== undefined) return early;
  const question = new Question(host.replace(/\.$/u, ''));
  try {
    return await Promise.any([bySystem, question.answer]);
  } finally {
    question.close();
  }
}

async function pause(ms: number): Promise<undefined> {
  return await new Promise((resolve) => void setTimeout(() => resolve(undefined), ms).unref());
}

/** One question, put on each link some times; the first answer is it, IPv4 before IPv6. */
class Question {
  readonly #answer = Promise.withResolvers<readonly LookupAddress[]>();
  readonly #name: string;
  readonly #id = randomInt(0x1_0000);
  readonly #sockets: dgram.Socket[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #found: readonly LookupAddress[] = [];

  constructor(name: string) {
    this.#name = name;
    this.#timers.push(setTimeout(() => this.#answer.reject(notFound(name)), ANSWERED_WITHIN_MS));
    const question = encodeQuestion(name, this.#id);
    if (question === undefined) this.#answer.reject(notFound(name));
    else for (const link of linksOf(networkInterfaces())) this.#ask(link, question);
  }

  get answer(): Promise<readonly LookupAddress[]> {
    return this.#answer.promise;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.close();
  }

  #ask(link: Link, question: Uint8Array): void {
    const socket = dgram.createSocket(link.family === 4 ? 'udp4' : 'udp6');
    this.#sockets.push(socket);
    // A link that is down, or takes no multicast, has no camera for us.
    socket.on('error', () => undefined);
    socket.on('message', (bytes, from) => {
      // Section 6: a source port that is not 5353 is to be ignored. Section 11: so is who is not on this link.
      if (from.port === MDNS_PORT && isOn(link, from)) this.#hear(link, bytes);
    });
    socket.bind({ address: link.address, port: 0 }, () => {
      socket.setMulticastInterface(link.family === 4 ? link.address : `::%${link.zone}`);
      socket.setMulticastTTL(255);
      const group = link.family === 4 ? GROUPS[4] : `${GROUPS[6]}%${link.zone}`;
      const send = (): void => socket.send(question, MDNS_PORT, group, () => undefined);
      for (const afterMs of ASKED_AT_MS) this.#timers.push(setTimeout(send, afterMs));
    });
  }

  #hear(link: Link, bytes: Uint8Array): void {
    const here = parseAnswer(bytes, this.#name, this.#id).filter((each) => isOn(link, each));
    const found = here.map(({ address, family }) => ({ family, address: withZone(link, address) }));
    if (found.length === 0) return;
    if (this.#found.length === 0) this.#timers.push(setTimeout(() => this.#settle(), OTHER_FAMILY_MS));
    this.#found = [...this.#found, ...found].sort((a, b) => a.family - b.family).slice(0, MAX_ADDRESSES);
    if (this.#found[0]?.family === 4) this.#settle();
  }

  #settle(): void {
    this.#answer.resolve(this.#found);
  }
}

/** @returns one for each IPv4 address, and for each IPv6 one that is of the link alone */
function linksOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): readonly Link[] {
  const links = Object.entries(interfaces).flatMap(([name, infos = []]) => {
    const subnet = subnetOf(infos);
    return infos.flatMap((info): Link[] => {
      if (info.internal) return [];
      if (info.family === 'IPv4') return [{ family: 4, address: info.address, zone: name, subnet }];
      const zone = process.platform === 'win32' ? String(info.scopeid) : name;
      return LINK_LOCAL.check(info.address, 'ipv6')
        ? [{ family: 6, address: `${info.address}%${zone}`, zone, subnet }]
        : [];
    });
  });
  return links.slice(0, MAX_LINKS);
}

/** RFC 3927 and RFC 4291, section 2.5.6. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

function subnetOf(infos: readonly NetworkInterfaceInfo[]): BlockList {
  const subnet = new BlockList();
  for (const { address, cidr, family } of infos)
    if (cidr !== null) subnet.addSubnet(address, Number(cidr.split('/')[1]), family === 'IPv4' ? 'ipv4' : 'ipv6');
  return subnet;
}

function isOn({ subnet }: Link, { address, family }: { address: string; family: 4 | 6 | 'IPv4' | 'IPv6' }): boolean {
  const bare = address.replace(/%.*$/u, '');
  const kind = family === 4 || family === 'IPv4' ? 'ipv4' : 'ipv6';
  return subnet.check(bare, kind) || LINK_LOCAL.check(bare, kind);
}

function withZone({ zone }: Link, address: string): string {
  return LINK_LOCAL.check(address, 'ipv6') ? `${address}%${zone}` : address;
}
