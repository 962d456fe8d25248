/** What is known of the real events, in our own words, and where it can be read. The report stands beside it, it does not replace it. */

export interface Source {
  readonly name: string;
  readonly url: string;
}

/** Moments of 2019 and 2020 for the timeline, Unix ms; days only, nobody published hours. */
export const MOMENTS = {
  /** "about two days" before the block. */
  firstPost: Date.UTC(2020, 0, 1),
  block: Date.UTC(2020, 0, 2, 12),
} as const;

export const WHAT_HAPPENED: readonly string[] = [
  'In the first days of January 2020 a man in the Netherlands asked his Google Home Hub to show his new Xiaomi camera. It showed other people’s homes instead: still pictures, some black-and-white or partly corrupted, a different home at each try. One was of a sleeping baby.',
  'Xiaomi explained that a cache update of 26 December 2019, made to improve streaming, had gone wrong for homes with very poor networks. 1,044 people had linked this model of camera with this model of hub. Which pictures had gone to whom, neither company could say.',
  'For about a week nobody noticed. A post on Reddit did. Google then switched off everything by Xiaomi on its devices; Xiaomi’s own app went on working and was never affected.',
  'How exactly the cache mixed homes up was never published. This replay tries three explanations that fit what people saw.',
];

export const SOURCES: readonly Source[] = [
  {
    name: 'Security Magazine',
    url: 'https://www.securitymagazine.com/articles/91502-xiaomi-mijia-camera-picking-up-strangers-camera-feeds',
  },
  {
    name: 'Notebookcheck (the full statement)',
    url: 'https://www.notebookcheck.net/Xiaomi-Mijia-connected-to-Nest-Hub-seemingly-streams-footage-from-random-peoples-houses-to-other-Nest-users.449012.0.html',
  },
  { name: 'Security Sales', url: 'https://www.securitysales.com/automation/google-xiaomi-integration-nest-hub/' },
  { name: 'Silicon Republic', url: 'https://siliconrepublic.com/enterprise/xiaomi-google-nest-spying-error' },
  {
    name: 'Lowyat (corrupted pictures, time zones)',
    url: 'https://lowyat.net/2020/203029/google-cuts-xiaomi-integration',
  },
  {
    name: 'Innovation Village (two days to the block)',
    url: 'https://innovation-village.com/google-shuts-xiaomis-nest-access-after-photos-of-strangers-homes-emerged',
  },
];
