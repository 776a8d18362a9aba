import { css, html, nothing, type TemplateResult } from 'lit';
import type { ViewName } from '../settings.js';
import { ImagePanel, imageStyles } from './image/image-panel.js';
import { LinesPanel, linesStyles } from './lines/lines-panel.js';
import { Looking } from './looking.js';
import type { Actions, Frame } from './panel.js';
import { TextPanel, textStyles } from './text/text-panel.js';
import { tokensStyles, type TokensPanel } from './tokens-panel.js';

type TokenView = Exclude<ViewName, 'matrix'>;

const PANELS = { lines: LinesPanel, text: TextPanel, image: ImagePanel } as const;

/** All views but the matrix; their code comes when one of them is first shown. */
export class TokenViews {
  readonly #panels = new Map<string, TokensPanel>();
  readonly #looking = { lines: new Looking(), text: new Looking(), image: new Looking() };

  constructor(private readonly actions: Actions) {}

  #panel(view: TokenView, side: number): TokensPanel {
    const name = view + side;
    const panel = this.#panels.get(name) ?? new PANELS[view](this.actions, this.#looking[view]);
    this.#panels.set(name, panel);
    return panel;
  }

  /** @param frames one, or those of pictures that are compared, which are drawn side by side */
  template(view: TokenView, frames: readonly Frame[]): TemplateResult {
    const sides = frames.map((frame, i) => this.#panel(view, i).template(frame));
    const compared = frames.length > 1;
    return html`
      ${compared ? this.#panel(view, 0).inCommon() : nothing}
      <div class="sides ${compared ? 'compared' : ''}">${sides}</div>
    `;
  }

  /** After each rendering. */
  paint(view: TokenView, frames: readonly Frame[], root: ParentNode): void {
    frames.forEach((frame, i) => this.#panel(view, i).paint(frame, root));
  }
}

export const tokenViewStyles = css`
  ${tokensStyles}${linesStyles}${textStyles}${imageStyles}
`;
