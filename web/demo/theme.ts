import type { ReactiveController, ReactiveControllerHost } from 'lit';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'headscope-theme';
const changes = new EventTarget();

/** The theme chosen at the last visit; pages from the disk may have no storage. */
function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

let current = remembered();

export function applyTheme(theme: Theme = current): void {
  current = theme;
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Not remembered, then.
  }
  changes.dispatchEvent(new Event('change'));
}

/** The page's theme, for components that hand it to `<head-scope>`: they are rendered anew when it changes. */
export class PageTheme implements ReactiveController {
  private connection: AbortController | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  get value(): Theme {
    return current;
  }

  hostConnected(): void {
    this.connection = new AbortController();
    changes.addEventListener('change', () => this.host.requestUpdate(), { signal: this.connection.signal });
  }

  hostDisconnected(): void {
    this.connection?.abort();
  }
}
