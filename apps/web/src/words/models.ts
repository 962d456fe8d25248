/** Models and routes as people read them. They travel in lower case, so that two spellings are one model; screens give them back a shape. Pure. */
import { SEALED_ROUTE } from '@sealcam/protocol';

/** `lenovo tab m10` → `Lenovo Tab M10`, `reolink rlc-520a` → `Reolink RLC-520A`. */
export function shownModel(model: string): string {
  const shape = (word: string): string =>
    /\d/.test(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
  return model.split(' ').map(shape).join(' ');
}

/** `Fixture`. */
export function shownPartner(route: string): string {
  return shownModel(route.replaceAll('-', ' '));
}

/** What a device said of itself, in the order it is shown; empty where it said nothing. */
export function declaredWords({ model, route }: { readonly model: string; readonly route: string }): string[] {
  return [
    ...(model === '' ? [] : [shownModel(model)]),
    ...(route === SEALED_ROUTE ? [] : [`a display of ${shownPartner(route)}`]),
  ];
}
