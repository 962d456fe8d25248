/** Records of cameras: of whatever a camera says one that can be read, and of whatever is in a file one that can be played. */
import { SealcamError } from '@sealcam/protocol';
import { parseCameraAddress } from '../../apps/agent/src/cameras/address.ts';
import { parseRecording, Recorder, type RecordLine } from '../../apps/agent/src/cameras/recording.ts';
import { PACKETS, SDP } from './camera-targets.ts';
import { byNumbers, claim } from './claims.ts';
import type { Random } from './fuzz.ts';
import { mutant, mutantText } from './mutate.ts';
import type { Target } from './target.ts';

const NAMES = ['cseq', 'transport', 'session', 'content-base', 'x', 'location'];

/** Whatever a camera says and sends, its record can be read, holds what was sent, and neither its address nor its account. */
function record(random: Random): void {
  const lines: string[] = [];
  let nowMs = 0;
  const { address } = parseCameraAddress('rtsp://cam.example/live');
  const recorder = new Recorder(
    address,
    (line) => lines.push(line),
    () => (nowMs += random.below(5_000)),
  );
  const said = mutantText([SDP, 'c=IN IP4 10.9.8.7', 'rtsp://gatekeeper:correct-horse-9@10.9.8.7/'], random, [
    '10.9.8.7',
    'cam.example',
  ]);
  const headers = new Map(
    NAMES.filter(() => random.chance(2)).map((name) => [
      name,
      [mutantText(['7', 'rtsp://cam.example/live/', 'RTP/AVP/TCP;interleaved=0-1'], random)],
    ]),
  );
  recorder.asked('DESCRIBE', address.url);
  recorder.answered(
    { status: 100 + random.below(900), headers, body: Buffer.from(random.chance(2) ? SDP : said) },
    { method: 'DESCRIBE', cseq: 1 },
  );
  recorder.asked('SETUP', 'rtsp://cam.example/live/track1');
  for (let round = 0; round < 6; round += 1)
    recorder.packet(random.below(3), random.chance(2) ? random.pick(PACKETS) : mutant(PACKETS, random));
  for (let round = 0; round < 3; round += 1) recorder.strays(random.below(100));
  const read = parseRecording(lines.join('\n'));
  claim(read.length === lines.length - 1, 'lines that are lost');
  for (const text of read.flatMap(textsOf))
    claim(!text.includes('cam.example') && !text.includes('10.9.8.7'), `an address: ${text}`);
}

const textsOf = (line: RecordLine): string[] =>
  line.is === 'answer' ? [...line.headers.flat(), line.body] : line.is === 'asked' ? [line.url] : [];

const RECORD = [
  '{"sealcam":"camera record","version":1}',
  '{"is":"asked","ms":0,"method":"DESCRIBE","url":"rtsp://camera.invalid/stream"}',
  '{"is":"answer","ms":1.5,"method":"DESCRIBE","status":200,"cseq":0,"headers":[["content-base","rtsp://camera.invalid/stream/"]],"body":"v=0\\r\\n"}',
  '{"is":"packet","ms":20,"track":0,"head":"gGAM","zeros":40}',
  '{"is":"strays","ms":30,"bytes":37}',
].join('\n');
const NUMBERS = [
  '-1',
  '1.5',
  '1e308',
  '1e999',
  '-0',
  '65536',
  '4294967296',
  '9007199254740993',
  'null',
  '"1"',
  '[]',
  '{}',
];

/** What is taken for a record can be played: every number of it is one that a camera could have. */
function readRecord(text: string): void {
  for (const line of parseRecording(text)) {
    claim(line.ms >= 0 && Number.isFinite(line.ms), `at ${line.ms} ms`);
    if (line.is === 'packet')
      claim(
        Number.isInteger(line.zeros) &&
          line.zeros >= 0 &&
          line.zeros <= 0xffff &&
          Number.isInteger(line.track) &&
          line.track >= 0 &&
          line.track < 128,
        'a packet that cannot be',
      );
    if (line.is === 'strays') claim(Number.isInteger(line.bytes) && line.bytes >= 0, `${line.bytes} strays`);
    if (line.is === 'answer') {
      claim(Number.isInteger(line.status) && line.status >= 100 && line.status <= 999, `status ${line.status}`);
      claim(!/[\r\n]/u.test(line.headers.flat().join()), 'a header that is two');
    }
  }
}

function hostileRecord(random: Random): string {
  if (random.chance(2)) return mutantText([RECORD], random, ['\n', '"', '{', ...NUMBERS]);
  return RECORD.replaceAll(/(?<=":)[\d.]+/gu, (number) => (random.chance(6) ? random.pick(NUMBERS) : number)).replace(
    'version":1e308',
    'version":1',
  );
}

export const RECORD_TARGETS: readonly Target[] = [
  byNumbers('record of a camera', record),
  {
    name: 'record as a file',
    input: hostileRecord,
    run: readRecord,
    mayThrow: (error) => error instanceof SealcamError && error.code === 'command.invalid',
  },
];
