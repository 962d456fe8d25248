/** Where the app is now: follows the fragment of its address, and changes it. */
import { signal, type Signal } from '@preact/signals';
import { formatRoute, parseRoute, type Route } from './route.ts';

export { formatRoute, type Route } from './route.ts';

export const currentRoute: Signal<Route> = signal({ at: 'pictures' });

/** What stays in the address bar: no other place's address, or the way to that place would lead nowhere. */
const WITHOUT_SECRET = { pair: formatRoute({ at: 'pair' }), claim: '#/claim' } as const;

/** Follows the address from now on. A link's secret leaves the address and the history at once. */
export function startRouter(): void {
  const read = (): void => {
    const route = parseRoute(location.hash);
    if (route.at === 'link') history.replaceState(null, '', `${location.pathname}${WITHOUT_SECRET[route.kind]}`);
    currentRoute.value = route;
  };
  addEventListener('hashchange', read);
  read();
}

export function go(route: Route): void {
  const hash = formatRoute(route);
  if (location.hash === hash) currentRoute.value = route;
  else location.hash = hash;
}
