/** Which model this device is: what somebody typed here, else what the browser tells (Chrome on Android does), else nothing. */
import { normalModel } from '@sealcam/protocol';

const KEY = 'sealcam.model';

interface UserAgentData {
  getHighEntropyValues(hints: readonly string[]): Promise<{ readonly model?: string }>;
}

/** As `normalModel` has it; '' where nobody knows. Never throws: a pairing must not fail for it. */
export async function ownModel(): Promise<string> {
  const typed = normalModel(typedModel());
  if (typed !== '') return typed;
  try {
    const { userAgentData } = navigator as { readonly userAgentData?: UserAgentData };
    const { model = '' } = (await userAgentData?.getHighEntropyValues(['model'])) ?? {};
    return normalModel(model);
  } catch {
    return '';
  }
}

/** As it was typed here; '' for nothing. */
export function typedModel(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** For the next pairing: what was declared to a home does not change. */
export function keepModel(typed: string): void {
  try {
    localStorage.setItem(KEY, typed.trim());
  } catch {
    // A browser without storage asks again next time.
  }
}
