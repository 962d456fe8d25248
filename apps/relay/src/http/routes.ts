/** The route table: the whole of what this relay answers over plain HTTP. */
import { operatorRoutes, type DeskParts } from '../operators/desk.ts';
import type { RelayOptions } from '../options.ts';
import type { Page } from '../pages.ts';
import { publicRoutes } from './public-routes.ts';
import type { Route } from './route.ts';

/** The page of operators, which is there only where there are operators. */
const OPERATOR_PAGE = '/operator';

export interface RouteParts extends DeskParts {
  readonly pages: ReadonlyMap<string, Page>;
  readonly options: Pick<RelayOptions, 'metricsToken' | 'operator' | 'reach'>;
}

export function loadRoutes(parts: RouteParts): Route[] {
  const hasOperators = parts.options.operator === true;
  const pages = new Map([...parts.pages].filter(([path]) => hasOperators || path !== OPERATOR_PAGE));
  const { metrics, log, store } = parts;
  const { metricsToken, reach } = parts.options;
  const healthy = async (): Promise<void> => void (await store.ledgerHead());
  const open = publicRoutes({ pages, metricsToken, reach, metrics, log, healthy });
  return hasOperators ? [...open, ...operatorRoutes(parts)] : open;
}
