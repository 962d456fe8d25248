/** The app's places as the fragment of its address: no place is ever sent to a server. Pure. */

export type Route =
  | { readonly at: 'pictures' }
  | { readonly at: 'picture'; readonly id: string }
  | { readonly at: 'who'; readonly id: string }
  | { readonly at: 'cameras' }
  | { readonly at: 'add-camera' }
  | { readonly at: 'camera'; readonly id: string }
  | { readonly at: 'devices' }
  | { readonly at: 'pair' }
  | { readonly at: 'device'; readonly id: string }
  | { readonly at: 'activity' }
  | { readonly at: 'settings' }
  | { readonly at: 'sheet' }
  /** A link from the agent's terminal, or from a screen that wants in: the secret is in it. */
  | { readonly at: 'link'; readonly kind: 'claim' | 'pair'; readonly value: string };

const PLAIN = {
  '': 'pictures',
  cameras: 'cameras',
  'cameras/add': 'add-camera',
  devices: 'devices',
  'devices/pair': 'pair',
  activity: 'activity',
  settings: 'settings',
  'settings/sheet': 'sheet',
} as const;
const WITH_ID = { watch: 'picture', who: 'who', cameras: 'camera', devices: 'device' } as const;

/** Anything unknown is the first place. @param hash with or without `#` */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const link = /^(claim|pair)=([A-Za-z0-9_-]{1,400})$/.exec(text);
  if (link !== null) return { at: 'link', kind: link[1] === 'claim' ? 'claim' : 'pair', value: link[2] ?? '' };
  const path = text.replace(/^\//, '').replace(/\/$/, '');
  if (Object.hasOwn(PLAIN, path)) return { at: PLAIN[path as keyof typeof PLAIN] };
  const [place, id, ...rest] = path.split('/');
  if (place !== undefined && Object.hasOwn(WITH_ID, place) && rest.length === 0 && /^[0-9a-f]{32}$/.test(id ?? '')) {
    return { at: WITH_ID[place as keyof typeof WITH_ID], id: id ?? '' };
  }
  return { at: 'pictures' };
}

/** The other way, with `#`. */
export function formatRoute(route: Route): string {
  if (route.at === 'link') return `#${route.kind}=${route.value}`;
  if ('id' in route) return `#/${keyOf(WITH_ID, route.at)}/${route.id}`;
  return `#/${keyOf(PLAIN, route.at)}`;
}

function keyOf(table: Readonly<Record<string, string>>, value: string): string {
  return Object.entries(table).find(([, each]) => each === value)?.[0] ?? '';
}
