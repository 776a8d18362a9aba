import { css } from 'lit';
import type { ViewName } from '../settings.js';
import { ImagePanel, imageStyles } from './image/image-panel.js';
import { LinesPanel, linesStyles } from './lines/lines-panel.js';
import type { Actions, Panel } from './panel.js';
import { TextPanel, textStyles } from './text/text-panel.js';
import { tokensStyles } from './tokens-panel.js';

/** All views but the matrix; their code comes when one of them is first shown. */
export function tokenViews(actions: Actions): Readonly<Record<Exclude<ViewName, 'matrix'>, Panel>> {
  return { lines: new LinesPanel(actions), text: new TextPanel(actions), image: new ImagePanel(actions) };
}

export const tokenViewStyles = css`
  ${tokensStyles}${linesStyles}${textStyles}${imageStyles}
`;
