import { css, html, type TemplateResult } from 'lit';
import type { Reach } from '../../selection.js';
import type { Actions, Frame, Panel } from '../panel.js';

/**
 * A switch for fingers, which hold no Shift and no Ctrl: while it is on, what is tapped is chosen besides what was, in
 * every view and among the heads. Shown where something coarse can point.
 */
export class SeveralPanel implements Panel {
  #on = false;

  constructor(private readonly actions: Actions) {}

  /** The reach of a tap, given the one that held keys ask for. */
  reach(asked: Reach = 'only'): Reach {
    return this.#on && asked === 'only' ? 'also' : asked;
  }

  template({ words }: Frame): TemplateResult {
    return html`<button type="button" class="chip several" aria-pressed=${this.#on} @click=${this.#onClick}>
      ${words.selectSeveral}
    </button>`;
  }

  readonly #onClick = (): void => {
    this.#on = !this.#on;
    this.actions.update();
  };
}

export const severalStyles = css`
  .chip.several {
    display: none;
    min-height: 32px;
    margin-block-end: 4px;
    border-radius: 16px;
  }
  .chip.several[aria-pressed='true'] {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--bg);
  }
  @media (any-pointer: coarse) {
    .chip.several {
      display: inline-flex;
      align-items: center;
    }
  }
  @media print {
    .chip.several {
      display: none;
    }
  }
  @media (forced-colors: active) {
    .chip.several[aria-pressed='true'] {
      forced-color-adjust: none;
      background: Highlight;
      color: HighlightText;
    }
  }
`;
