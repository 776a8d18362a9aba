import type { Rgb } from '../views/colour-ramp.js';
import { forcedPalette, palette, type Palette } from '../views/palette.js';

export type Theme = 'auto' | 'light' | 'dark';

/** Colours in use: which side, and whether the system forces its own. */
export interface ColourScheme {
  readonly dark: boolean;
  readonly palette: Palette;
}

/** A CSS colour as the browser computes it, e.g. a system colour by its name. */
function computedRgb(host: HTMLElement, colour: string): Rgb {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  if (context === null) return [0, 0, 0];
  const probe = document.createElement('span');
  probe.style.color = colour;
  probe.hidden = true;
  host.shadowRoot?.append(probe);
  context.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/**
 * Which colours an element uses. `auto` follows the page's `color-scheme` where that allows only one, and else what
 * the reader prefers.
 */
export function colourScheme(host: HTMLElement, theme: Theme): ColourScheme {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const only = getComputedStyle(host.parentElement ?? host).colorScheme;
  const auto = only === 'dark' || (only !== 'light' && prefersDark);
  const dark = theme === 'dark' || (theme !== 'light' && auto);
  if (matchMedia('(forced-colors: active)').matches) {
    return { dark, palette: forcedPalette(computedRgb(host, 'Canvas'), computedRgb(host, 'CanvasText')) };
  }
  return { dark, palette: palette(dark ? 'dark' : 'light') };
}

/** Calls back when the reader's preferences change, until the signal fires. */
export function watchColourScheme(changed: () => void, signal: AbortSignal): void {
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', changed, { signal });
  }
}
