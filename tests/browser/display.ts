/** A display as a person uses it: what is on it, taps, swipes and sentences. */
import type { Locator, Page } from 'playwright-core';
import type { App } from './app.ts';
import { look } from './look.ts';

export class Display {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(url: string): Promise<void> {
    await this.page.goto(`${url}/display`);
  }

  /** What a phone reads off the screen: the pixels of the code. */
  async readCode(): Promise<string> {
    const code = this.page.getByRole('img', { name: 'Pairing code of this device' });
    const png = await code.screenshot({ scale: 'css' });
    return await look(this.page, 'readQr', png.toString('base64'));
  }

  async showDigits(): Promise<void> {
    await this.page.getByRole('button', { name: 'Show six digits instead' }).click();
  }

  async meetingNumber(): Promise<string> {
    return await text(this.page.getByTestId('meeting-number'));
  }

  async sixDigits(): Promise<string> {
    return await text(this.page.getByTestId('six-digits'));
  }

  /** The one press. */
  joinButton(home: string): Locator {
    return this.page.getByRole('button', { name: new RegExp(`join ${home}`, 'u') });
  }

  tiles(): Locator {
    return this.page.getByRole('list', { name: 'Cameras' }).getByRole('listitem');
  }

  tile(camera: string): Locator {
    return this.page
      .getByRole('list', { name: 'Cameras' })
      .getByRole('button', { name: new RegExp(`^${camera}, `, 'u') });
  }

  /** The picture that fills the screen. */
  full(camera: string): Locator {
    return this.page.locator('main.watching').getByRole('img', { name: new RegExp(`^${camera}, `, 'u') });
  }

  /** @returns the sentence that answers */
  async say(sentence: string): Promise<string> {
    const answer = this.page.locator('.answer');
    await this.page.keyboard.press('/');
    await this.page.keyboard.type(sentence);
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('form', { name: 'What to show' }).waitFor({ state: 'detached' });
    return (await answer.innerText()).trim();
  }

  /** A finger, not a mouse. */
  async swipe(direction: 'left' | 'right' | 'down'): Promise<void> {
    const { width, height } = this.page.viewportSize() ?? { width: 0, height: 0 };
    const [dx, dy] = direction === 'down' ? [0, 1] : [direction === 'left' ? -1 : 1, 0];
    const cdp = await this.page.context().newCDPSession(this.page);
    const at = (step: number) => [{ x: width / 2 + dx * step * 40, y: height / 2 + dy * step * 40 }];
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
    for (let step = 1; step <= 4; step += 1)
      await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(step) });
    // The finger rests before it leaves: a tap during a fling would only stop the fling.
    for (let frame = 0; frame < 3; frame += 1) {
      await look(this.page, 'frame');
      await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(4) });
    }
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await cdp.detach();
  }
}

async function text(locator: Locator): Promise<string> {
  await locator.waitFor();
  return (await locator.innerText()).replace(/\s/gu, '');
}

/** Pairs a display that shows its code, and waits for its home screen. */
export async function pairDisplay(
  app: App,
  display: Display,
  {
    url,
    home,
    name,
    cameras,
  }: { readonly url: string; readonly home: string; readonly name: string; readonly cameras: readonly string[] },
): Promise<void> {
  await display.open(url);
  await app.openLink(await display.readCode());
  await app.letIn(name, cameras);
  await display.joinButton(home).click();
  await app.page.getByText(`${name} is in.`).waitFor();
  await app.button('Done').click();
  for (const camera of cameras) await display.tile(camera).waitFor();
}
