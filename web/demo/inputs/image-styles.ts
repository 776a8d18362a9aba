import { css, unsafeCSS } from 'lit';
import { INKS } from './image-strokes.js';

/** How the image tab looks, beside what it shares with the page's other forms. */
export const imageStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
  }
  p,
  ol {
    margin: 0;
    padding: 0;
  }
  .small {
    font-size: 13px;
    line-height: 20px;
  }
  .links {
    min-height: 32px;
  }
  .links.tight {
    gap: 0 4px;
    align-items: baseline;
  }
  .links.pens {
    align-items: baseline;
  }
  .links.tight > .note {
    margin-inline-end: 4px;
  }
  label.file {
    position: relative;
    padding: 4px 0;
    text-decoration: underline;
    text-decoration-color: var(--hs-edge);
    text-underline-offset: 3px;
    cursor: pointer;
  }
  label.file:hover {
    text-decoration-color: currentColor;
  }
  label.file input,
  .choice input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  label.file:has(:focus-visible),
  .choice:has(:focus-visible) {
    outline: 2px solid var(--hs-accent);
    outline-offset: 1px;
  }
  .choice {
    position: relative;
    min-width: 28px;
    padding: 2px 6px;
    text-align: center;
    cursor: pointer;
    font-variant-numeric: tabular-nums;
    border-bottom: 2px solid transparent;
  }
  .choice:hover {
    border-color: var(--hs-line);
  }
  .choice:has(:checked) {
    border-color: var(--hs-accent);
  }
  .swatch {
    display: inline-block;
    width: 16px;
    height: 16px;
    border: 1px solid var(--hs-edge);
    border-radius: 50%;
    vertical-align: -3px;
    forced-color-adjust: none;
  }
  ${unsafeCSS(INKS.map((ink) => `.swatch.${ink.name} { background: ${ink.css}; }`).join('\n'))}
  .error {
    padding: 4px 0;
  }
  .board {
    position: relative;
    margin-top: 8px;
    width: 100%;
    max-width: 480px;
    aspect-ratio: 1;
    overflow: clip;
    overflow-clip-margin: 4px;
  }
  .board.over {
    outline: 2px dashed var(--hs-accent);
    outline-offset: 2px;
  }
  .board > canvas {
    display: block;
    width: 100%;
    height: 100%;
  }
  .grid {
    position: absolute;
    inset: 0;
    display: grid;
    grid-auto-rows: 1fr;
    cursor: crosshair;
    touch-action: manipulation;
    user-select: none;
    -webkit-user-select: none;
  }
  .drawing .grid {
    touch-action: none;
  }
  .grid > [role='row'] {
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: 1fr;
  }
  .mark {
    position: absolute;
    pointer-events: none;
    border: 2px solid var(--hs-accent);
    outline: 1px solid #fff;
  }
  .mark.kept {
    border: 0;
    outline: 2px dashed #fff;
    outline-offset: -2px;
  }
  .mark[hidden] {
    display: none;
  }
  .under {
    max-width: 480px;
  }
  .scale {
    display: grid;
    grid-template-columns: auto 1fr auto;
    gap: 8px;
    align-items: center;
    margin-top: 8px;
    font-variant-numeric: tabular-nums;
  }
  .scale canvas {
    display: block;
    width: 100%;
    height: 8px;
  }
  .largest {
    min-width: 40px;
    text-align: end;
  }
  .reading {
    min-height: 48px;
    margin-top: 4px;
  }
  .hint {
    min-height: 40px;
  }
  .cutting {
    border-top: 1px solid var(--hs-line);
    padding-top: 8px;
  }
  ol {
    list-style: none;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(72px, 1fr));
    gap: 8px;
    margin: 8px 0 16px;
  }
  ol button {
    width: 100%;
    padding: 0;
    border: 0;
    background: none;
    text-align: start;
    cursor: pointer;
    font-variant-numeric: tabular-nums;
  }
  ol canvas {
    display: block;
    width: 100%;
    aspect-ratio: 1;
    margin-bottom: 4px;
  }
  ol [aria-pressed='true'] canvas {
    outline: 2px solid var(--hs-accent);
    outline-offset: 1px;
  }
  ol span {
    display: block;
  }
  var {
    font-style: italic;
    white-space: nowrap;
  }
  .layout {
    margin: 8px 0;
  }
  /* Where there is room, what is said about the picture stands beside it. */
  @container (min-width: 800px) {
    .tab {
      display: grid;
      grid-template-columns: 480px minmax(0, 480px);
      column-gap: 32px;
    }
    .tab > * {
      grid-column: 1 / -1;
    }
    .tab > .board {
      grid-column: 1;
    }
    .tab > .under {
      grid-column: 2;
    }
  }
  @media (forced-colors: active) {
    .mark {
      border-color: Highlight;
      outline-color: Canvas;
      forced-color-adjust: none;
    }
    .choice {
      border-color: Canvas;
    }
    .choice:has(:checked) {
      border-color: Highlight;
    }
    ol [aria-pressed='true'] canvas,
    .board.over {
      outline-color: Highlight;
    }
  }
`;
