import { css } from 'lit';

export const matrixStyles = css`
  .sheet {
    display: grid;
    position: relative;
    width: max-content;
    max-width: 100%;
    /* Keys run from left to right in every language, as the axis says. */
    direction: ltr;
    font-size: 12px;
    line-height: 16px;
  }
  .corner,
  .column-labels,
  .row-labels {
    position: relative;
    user-select: none;
    contain: layout;
  }
  .corner {
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
    align-items: flex-end;
    padding: 0 8px 4px 0;
    color: var(--muted);
  }
  .column-labels {
    /* Rising labels reach a little over the left edge. */
    clip-path: inset(-8px 0 -8px -12px);
  }
  .label {
    position: absolute;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
    font-variant-numeric: tabular-nums;
    cursor: pointer;
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
    /* What moves in them moves nothing else. */
    contain: layout;
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
  .cells.waiting > canvas {
    opacity: 0.4;
  }
  .cells.moving {
    cursor: grabbing;
  }
  .marks {
    position: absolute;
    inset: -2px;
    overflow: hidden;
    pointer-events: none;
  }
  .grid {
    position: absolute;
    inset: 0;
    overflow: hidden;
    user-select: none;
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

  .zoom {
    display: flex;
    align-items: center;
    gap: 4px;
    min-height: 50px;
    padding-block-start: 4px;
  }
  .zoom button {
    min-width: 28px;
    min-height: 28px;
    margin: 0;
    border: 1px solid var(--line);
    text-decoration: none;
    color: var(--fg);
  }
  .zoom button:disabled {
    color: var(--muted);
    opacity: 0.5;
    cursor: default;
  }
  .minimap {
    position: relative;
    margin-inline-start: 12px;
    outline: 1px solid var(--line);
    cursor: move;
    touch-action: none;
  }
  .minimap canvas {
    display: block;
  }
  .minimap .mark {
    outline-width: 2px;
    outline-offset: -2px;
  }
`;
