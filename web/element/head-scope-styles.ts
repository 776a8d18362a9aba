import { css } from 'lit';

export const headScopeStyles = css`
  :host {
    display: block;
    min-width: 0;
    contain: inline-size;
  }
  :host([hidden]) {
    display: none;
  }

  .scope {
    --bg: var(--headscope-bg, #fff);
    --fg: var(--headscope-fg, #1c2127);
    --muted: var(--headscope-muted, #5c6570);
    --line: var(--headscope-line, #dfe1e3);
    --accent: var(--headscope-accent, #b23c0a);
    --error: var(--headscope-error, #b3122b);
    --font: var(
      --headscope-font,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      'Noto Sans',
      sans-serif
    );
    color-scheme: light;
    background: var(--bg);
    color: var(--fg);
    font: 14px/20px var(--font);
    text-align: start;
  }
  .scope.dark {
    --bg: var(--headscope-bg, #14171b);
    --fg: var(--headscope-fg, #e6e8eb);
    --muted: var(--headscope-muted, #a0a8b2);
    --line: var(--headscope-line, #2f353c);
    --accent: var(--headscope-accent, #ff9a5e);
    --error: var(--headscope-error, #ff8a93);
    color-scheme: dark;
  }

  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  p,
  dl,
  dd,
  ol,
  figure {
    margin: 0;
    padding: 0;
  }
  [hidden] {
    display: none !important;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  button {
    font: inherit;
    color: var(--accent);
    background: none;
    border: 0;
    padding: 2px 4px;
    margin: -2px -4px;
    min-height: 24px;
    border-radius: 4px;
    cursor: pointer;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  bdi {
    unicode-bidi: isolate;
  }

  .error,
  .notice {
    margin-block-end: 8px;
    padding-inline-start: 8px;
    border-inline-start: 2px solid var(--error);
    color: var(--error);
    overflow-wrap: anywhere;
  }
  .notice {
    border-color: var(--line);
    color: var(--muted);
  }
  .empty {
    padding: 16px 0;
    color: var(--muted);
  }
  .empty.reserved {
    min-height: 360px;
  }

  .facts {
    display: flex;
    align-items: center;
    gap: 16px;
    min-height: 24px;
    color: var(--muted);
    font-size: 13px;
  }
  .progress {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-inline-start: auto;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .track {
    width: 96px;
    height: 4px;
    border-radius: 2px;
    background: var(--line);
    overflow: hidden;
  }
  .track > div {
    height: 100%;
    background: var(--accent);
    transform-origin: left;
  }

  .body {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px 32px;
    margin-block-start: 4px;
  }
  .views,
  .matrix {
    min-width: 0;
  }
  /* Names and their numbers do not drift apart where they stand below three pictures. */
  .side {
    max-inline-size: 640px;
  }
  /* As wide as its widest view; what is said below gets some room, however small the matrix is, and asks for none. */
  .views {
    min-width: min(100%, 432px);
  }
  .views > .legend,
  .views > .summary {
    contain: inline-size;
  }
  /* Titles may take a line more or less; what stands below them is of one height. */
  .sides {
    display: grid;
    gap: 16px;
    align-items: end;
  }

  .summary {
    margin-block-start: 12px;
    min-height: 20px;
    font-size: 15px;
    overflow-wrap: anywhere;
  }

  .title {
    font-size: 14px;
    line-height: 24px;
    font-weight: 600;
  }
  .quiet {
    color: var(--muted);
  }

  @media (forced-colors: active) {
    .scope,
    .scope.dark {
      --bg: Canvas;
      --fg: CanvasText;
      --muted: CanvasText;
      --line: CanvasText;
      --accent: Highlight;
      --error: CanvasText;
    }
    .track > div {
      forced-color-adjust: none;
    }
  }
`;
