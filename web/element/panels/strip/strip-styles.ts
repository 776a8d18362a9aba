import { css } from 'lit';

export const stripStyles = css`
  .heads {
    display: grid;
    position: relative;
    width: fit-content;
    max-width: calc(100% + 8px);
    margin-inline: -4px;
    padding: 4px 4px 8px;
    overflow: auto;
    scrollbar-width: thin;
    /* Heads count from the left in every language. */
    direction: ltr;
    font-size: 12px;
    line-height: 18px;
    font-variant-numeric: tabular-nums;
  }
  .heads.layered {
    grid-template-columns: 48px auto;
    grid-template-rows: 36px auto;
    max-width: 100%;
    margin-inline: 0;
    padding: 0;
  }
  .heads-all {
    position: relative;
  }
  .head {
    position: absolute;
    top: 0;
    left: 0;
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 2px;
    padding: 4px 4px 0;
    border-block-end: 2px solid transparent;
    color: var(--muted);
    white-space: nowrap;
    cursor: pointer;
    /* Tapping twice chooses all heads. */
    touch-action: manipulation;
  }
  .layered .head {
    padding: 0;
    border: 0;
    justify-content: center;
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
  .head .quiet {
    font-weight: 400;
  }
  .thumbnail {
    display: grid;
    place-items: center;
    width: 100%;
    height: var(--thumbnail, 58px);
  }
  .thumbnail canvas {
    display: block;
    outline: 1px solid var(--line);
    image-rendering: pixelated;
  }
  /* Where all are chosen there is nothing to single out. */
  .every .head[aria-selected='true'] {
    border-color: var(--line);
    font-weight: 400;
  }
  .layered:not(.every) [aria-selected='true'] canvas {
    outline: 2px solid var(--accent);
  }
  .pending .thumbnail {
    background: var(--line);
    opacity: 0.5;
  }
  .pending canvas {
    display: none;
  }
  .heads-corner,
  .edge {
    position: sticky;
    z-index: 1;
    background: var(--bg);
    color: var(--muted);
  }
  .heads-corner {
    inset: 0 auto auto 0;
    z-index: 2;
    display: flex;
    flex-direction: column;
    text-align: end;
    padding: 0 4px 2px 0;
    line-height: 16px;
    white-space: nowrap;
    justify-content: flex-end;
  }
  .edge.top {
    top: 0;
  }
  .edge.side {
    left: 0;
  }
  .names {
    position: relative;
    height: 100%;
  }
  .names.column span {
    position: absolute;
    bottom: 0;
    text-align: center;
  }
  .names.row span {
    position: absolute;
    inset-inline: 0 8px;
    text-align: end;
  }
  .sorted {
    font-size: 12px;
    line-height: 16px;
  }
  @media (forced-colors: active) {
    .head {
      border-color: Canvas;
      forced-color-adjust: none;
    }
    .head[aria-selected='true'] {
      border-color: Highlight;
    }
  }
`;
