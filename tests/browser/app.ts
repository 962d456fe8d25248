/** The household's page as a person uses it: by what is written on it. */
import type { Locator, Page } from 'playwright-core';

export interface CameraForm {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
}

export class App {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  /** A camera's tile in the grid. */
  tile(camera: string): Locator {
    return this.page
      .getByRole('list', { name: 'Cameras' })
      .getByRole('link', { name: new RegExp(`^${camera}, `, 'u') });
  }

  /** From the claim link to the grid, the recovery sheet left for later. */
  async claim(link: string, homeName: string): Promise<void> {
    await this.page.goto(link);
    await this.page.getByLabel('What do you call it?').fill(homeName);
    await this.button('Make it mine').click();
    await this.button('Later').click();
    await this.heading(homeName).waitFor();
  }

  async go(place: 'Pictures' | 'Cameras' | 'Devices' | 'Activity' | 'Settings'): Promise<void> {
    const link = this.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place });
    await link.click();
    if (place === 'Pictures') await this.page.getByRole('main').getByRole('list', { name: 'Cameras' }).waitFor();
    else await this.heading(place).waitFor();
  }

  async openAddCamera(): Promise<void> {
    await this.go('Cameras');
    await this.page.getByRole('link', { name: 'Add a camera' }).first().click();
    await this.heading('Add a camera').waitFor();
  }

  /** Fills the form and presses "Try it". */
  async tryCamera({ url, user = '', password = '' }: CameraForm): Promise<void> {
    await this.page.locator('input[name=url]').fill(url);
    await this.page.getByLabel('User of the camera').fill(user);
    await this.page.getByLabel('Password of the camera').fill(password);
    await this.button('Try it').click();
  }

  async nameCamera(name: string, room = ''): Promise<void> {
    await this.page.getByLabel('Name', { exact: true }).fill(name);
    await this.page.getByLabel('Room (optional)').fill(room);
    await this.button('Add it').click();
    await this.tile(name).waitFor();
  }

  async addCamera(name: string, form: CameraForm): Promise<void> {
    await this.openAddCamera();
    await this.tryCamera(form);
    await this.nameCamera(name);
  }

  /** Opens what a scanned code holds, as a phone's own camera does. */
  async openLink(link: string): Promise<void> {
    // A fragment alone would not load the page again.
    await this.page.goto('about:blank');
    await this.page.goto(link);
  }

  async openPairing(): Promise<void> {
    await this.go('Devices');
    await this.page.getByRole('link', { name: 'Add a device' }).click();
    await this.heading('Add a device').waitFor();
  }

  async typeNumber(number: string): Promise<void> {
    await this.page.getByLabel(/Meeting number/u).fill(number);
    await this.button('Go on').click();
  }

  async typeDigits(digits: string): Promise<void> {
    await this.page.getByLabel(/Six digits/u).fill(digits);
    await this.button('Compare').click();
  }

  /** Chooses and lets it in. */
  async letIn(name: string, cameras: readonly string[]): Promise<void> {
    await this.page.getByLabel('Its name').fill(name);
    for (const camera of cameras) await this.page.getByRole('checkbox', { name: camera }).check();
    await this.button('Let it in').click();
  }

  async setPrivacy(camera: string, on: boolean): Promise<void> {
    await this.go('Cameras');
    await this.button(`Privacy is ${on ? 'off' : 'on'}: ${camera}`).click();
    await this.button(`Privacy is ${on ? 'on' : 'off'}: ${camera}`).waitFor();
  }
}
