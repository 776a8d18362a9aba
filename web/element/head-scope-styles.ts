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

  .heads {
    display: flex;
    gap: 4px;
    margin-inline: -4px;
    padding: 4px 4px 8px;
    overflow-x: auto;
    scrollbar-width: thin;
  }
  .head {
    flex: none;
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 2px;
    width: 66px;
    padding: 4px 4px 0;
    border-block-end: 2px solid transparent;
    color: var(--muted);
    font-size: 12px;
    line-height: 18px;
    font-variant-numeric: tabular-nums;
    cursor: pointer;
  }
  .head:focus-visible {
    outline-offset: -1px;
  }
  .head:hover {
    color: var(--fg);
  }
  .head[aria-selected='true'] {
    border-color: var(--accent);
    color: var(--fg);
    font-weight: 600;
  }
  .thumbnail {
    display: grid;
    place-items: center;
    width: 58px;
    height: var(--thumbnail, 58px);
  }
  .thumbnail canvas {
    display: block;
    outline: 1px solid var(--line);
    image-rendering: pixelated;
  }
  .pending .thumbnail {
    background: var(--line);
    opacity: 0.5;
  }
  .pending canvas {
    display: none;
  }

  .body {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px 32px;
    margin-block-start: 4px;
  }
  .matrix {
    min-width: 0;
  }

  .viewport {
    max-height: max(320px, 92vh);
    overflow: auto;
    scrollbar-width: thin;
  }
  .sheet {
    display: grid;
    position: relative;
    width: max-content;
    font-size: 12px;
    line-height: 16px;
  }
  .corner,
  .column-labels,
  .row-labels {
    position: sticky;
    background: var(--bg);
  }
  .corner {
    inset: 0 auto auto 0;
    z-index: 3;
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
    align-items: flex-end;
    padding: 0 8px 4px 0;
    color: var(--muted);
  }
  .column-labels {
    top: 0;
    z-index: 2;
  }
  .row-labels {
    left: 0;
    z-index: 1;
  }
  .label {
    position: absolute;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
    font-variant-numeric: tabular-nums;
  }
  .row-labels .label {
    right: 8px;
    max-width: calc(100% - 8px);
    text-align: right;
    transform: translateY(-50%);
  }
  .column-labels .label {
    bottom: 4px;
    left: 0;
  }
  .label.active {
    background: var(--bg);
    color: var(--accent);
    font-weight: 600;
    z-index: 1;
  }
  .row-labels .label.active {
    max-width: none;
  }

  .cells {
    position: relative;
    cursor: crosshair;
  }
  .cells::after {
    content: '';
    position: absolute;
    inset: 0;
    border: 1px solid var(--line);
    pointer-events: none;
  }
  .cells > canvas {
    display: block;
    width: 100%;
    height: 100%;
    image-rendering: pixelated;
  }
  .grid {
    position: absolute;
    inset: 0;
  }
  .grid:focus-visible {
    outline-offset: -2px;
  }
  .band,
  .mark,
  .cursor {
    position: absolute;
    left: 0;
    top: 0;
    pointer-events: none;
  }
  .band {
    opacity: 0.75;
  }
  .band.row {
    border-block: 1px solid var(--accent);
  }
  .band.column {
    border-inline: 1px solid var(--accent);
  }
  .mark {
    outline: 2px solid var(--accent);
    outline-offset: -1px;
    border: 1px solid var(--bg);
  }
  .mark.pinned {
    outline-width: 3px;
  }
  .cursor {
    color: transparent;
    font-size: 1px;
    overflow: hidden;
  }

  .stale canvas {
    opacity: 0.5;
    filter: saturate(0.4);
  }
  .stale .cells::after {
    border: 1px dashed var(--error);
  }

  .legend {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 16px;
    margin-block-start: 12px;
    color: var(--muted);
    font-size: 12px;
    line-height: 16px;
    font-variant-numeric: tabular-nums;
  }
  .scale {
    display: flex;
    align-items: center;
    gap: 6px;
    color: var(--fg);
  }
  .ramp {
    position: relative;
    width: 120px;
    height: 12px;
    outline: 1px solid var(--line);
  }
  .ramp canvas {
    display: block;
    width: 100%;
    height: 100%;
  }
  .tick {
    position: absolute;
    inset-block: -3px;
    left: 0;
    width: 2px;
    margin-inline-start: -1px;
    background: var(--accent);
    outline: 1px solid var(--bg);
  }
  .swatch {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  .swatch canvas {
    width: 14px;
    height: 14px;
    outline: 1px solid var(--line);
  }
  .summary {
    margin-block-start: 12px;
    min-height: 20px;
    font-size: 15px;
    overflow-wrap: anywhere;
  }

  .readout {
    min-width: 0;
    font-size: 13px;
  }
  .title {
    font-size: 14px;
    line-height: 24px;
    font-weight: 600;
  }
  .where {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 8px;
    min-height: 24px;
  }
  .numbers {
    display: grid;
    grid-template-columns: 56px minmax(0, 1fr);
    margin-block: 4px 8px;
    border-block: 1px solid var(--line);
    padding-block: 4px;
    line-height: 24px;
    font-variant-numeric: tabular-nums;
  }
  .numbers dt {
    color: var(--muted);
  }
  .numbers dd {
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .numbers dd.weight {
    font-weight: 600;
  }
  .quiet {
    color: var(--muted);
  }
  summary {
    min-height: 24px;
    color: var(--muted);
    cursor: pointer;
  }
  .exact {
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
    padding-block-end: 8px;
  }
  .row-title {
    margin-block-start: 4px;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
    color: var(--muted);
  }
  .top {
    list-style: none;
    font-variant-numeric: tabular-nums;
  }
  .top li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 72px 48px;
    align-items: center;
    gap: 8px;
    line-height: 22px;
  }
  .top bdi {
    text-align: left;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .top .share {
    height: 8px;
    background: var(--line);
  }
  .top .share > div {
    height: 100%;
    width: 100%;
    background: var(--muted);
    transform-origin: left;
  }
  .top .figure {
    text-align: right;
  }
  .top .current {
    color: var(--accent);
    font-weight: 600;
  }
  .top .current .share > div {
    background: var(--accent);
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
    .head {
      border-color: Canvas;
    }
    .head[aria-selected='true'] {
      border-color: Highlight;
    }
    .head,
    .track > div,
    .tick,
    .top .share > div,
    .pending .thumbnail {
      forced-color-adjust: none;
    }
    .top .share {
      outline: 1px solid CanvasText;
      background: Canvas;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    .sheet,
    .head {
      transition:
        opacity 120ms,
        color 120ms;
    }
  }
`;
