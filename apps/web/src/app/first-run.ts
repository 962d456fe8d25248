/** Whether this very page load made the home: then the recovery sheet comes once before the pictures. */
import { signal, type Signal } from '@preact/signals';

export const freshHome: Signal<boolean> = signal(false);
