import { css } from 'lit';

export const legendStyles = css`
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
    /* Numbers grow to the right in every language. */
    direction: ltr;
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
    outline: 1px solid var(--line);
  }
  @media (forced-colors: active) {
    .tick {
      forced-color-adjust: none;
    }
  }
`;
