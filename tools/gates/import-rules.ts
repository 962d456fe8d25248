/**
 * The table "Folders and what they may import" of ARCHITECTURE.md, as rules. tools/fixtures/imports holds a file that breaks
 * each of them, and `npm run check` asserts that it is caught: imports through workspace names pass in silence unless
 * `exportsFields` and `conditionNames` below let them resolve.
 */

import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

interface To {
  readonly path?: string;
  readonly pathNot?: string;
  readonly reachable?: true;
  readonly dependencyTypes?: readonly ['core'];
}

/** A folder of ours, wherever it stands: the fixtures pretend to be in one. */
const ours = (path: string): string => `(^|/)${path}`;
const packages = (names: string): string => ours(`packages/(${names})/`);
const TESTS = '\\.test\\.tsx?$|/test/';
const ANY_OF_OURS = ours('(packages|apps|tests|bench|drills|tools)/');

/** From sources (tests beside them may use more), to what must never be reached directly. */
const rule = (name: string, comment: string, path: string, to: To): IForbiddenRuleType =>
  ({ name, comment, severity: 'error', from: { path, pathNot: TESTS }, to }) as IForbiddenRuleType;

export const importRules: IForbiddenRuleType[] = [
  rule('protocol-alone', 'protocol imports nothing of ours', packages('protocol'), {
    path: ANY_OF_OURS,
    pathNot: packages('protocol'),
  }),
  rule('media-alone', 'media imports nothing of ours', packages('media'), {
    path: ANY_OF_OURS,
    pathNot: packages('media'),
  }),
  rule('seal-imports', 'seal imports protocol only', packages('seal'), {
    path: ANY_OF_OURS,
    pathNot: packages('seal|protocol'),
  }),
  rule('home-imports', 'home imports seal and protocol only', packages('home'), {
    path: ANY_OF_OURS,
    pathNot: packages('home|seal|protocol'),
  }),
  rule('verify-has-no-key', 'home/verify reaches protocol only', ours('packages/home/src/verify\\.ts$'), {
    path: ours('packages/(seal|media|player)/|@hpke/'),
    reachable: true,
  }),
  rule('viewer-imports', 'player/viewer imports seal, home and protocol only', ours('packages/player/src/viewer/'), {
    path: ANY_OF_OURS,
    pathNot: ours('packages/(seal|home|protocol)/|packages/player/src/(viewer/|[^/]+$)'),
  }),
  rule('screen-imports', 'player/screen imports viewer, media and protocol only', ours('packages/player/src/screen/'), {
    path: ANY_OF_OURS,
    pathNot: ours('packages/(media|protocol|player)/'),
  }),
  rule('packages-without-node', 'packages do no I/O: they run in a browser as well', ours('packages/'), {
    dependencyTypes: ['core'],
  }),
  rule('agent-imports', 'the agent imports packages, but not the screen', ours('apps/agent/'), {
    path: ANY_OF_OURS,
    pathNot: ours('packages/(protocol|media|seal|home)/|packages/player/src/viewer/|apps/agent/'),
  }),
  rule('relay-opens-nothing', 'the relay cannot open, or even parse, a picture', ours('apps/relay/'), {
    path: ANY_OF_OURS,
    pathNot: ours('packages/protocol/|packages/home/src/verify\\.ts$|apps/relay/'),
  }),
  rule('relay-reaches-nothing', 'nor through what it imports', ours('apps/relay/src/'), {
    path: packages('seal|media|player'),
    reachable: true,
  }),
  rule('web-imports', 'pages import packages only', ours('apps/web/'), {
    path: ANY_OF_OURS,
    pathNot: ours('packages/|apps/web/'),
  }),
  rule('pages-without-node', 'pages run in a browser', ours('apps/web/src/'), { dependencyTypes: ['core'] }),
  rule(
    'nobody-imports-the-command',
    'sealcam composes; nothing imports it, nor tests, bench or tools',
    ours('(packages|apps/(agent|relay|web))/'),
    { path: '^(apps/sealcam|tests|bench|drills|tools)/', pathNot: '^tools/fixtures/' },
  ),
  {
    name: 'nobody-imports-a-twin',
    comment:
      'drills hold the mistakes of others, put there on purpose: nothing else may contain them, tests of ours included',
    severity: 'error',
    from: { path: ours('(packages|apps|tests|bench|tools)/'), pathNot: '^tools/fixtures/.*/drills/' },
    to: { path: '^drills/' },
  },
  {
    name: 'no-cycles',
    comment: 'files that import each other cannot be read one after the other',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'all-resolves',
    comment: 'an import that does not resolve would pass every rule above in silence',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

export const cruiseOptions: ICruiseOptions = {
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'types', 'node', 'default'],
    extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    mainFields: ['module', 'main', 'types'],
  },
};
