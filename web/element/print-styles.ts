import { css } from 'lit';

/** On paper there is nothing to press, and colours are the picture itself. */
export const printStyles = css`
  @media print {
    .scope {
      print-color-adjust: exact;
      -webkit-print-color-adjust: exact;
    }
    .toolbar,
    .progress,
    button,
    input,
    label:has(input) {
      display: none !important;
    }
    /* A choice is only the word that was chosen. */
    select {
      appearance: none !important;
      border: 0 !important;
      padding: 0 !important;
      background: none !important;
    }
    /* Paper may be narrower than the screen that columns were laid out for. */
    .sides {
      grid-template-columns: none !important;
    }
    .views,
    .side,
    .heads {
      break-inside: avoid;
    }
    .links,
    .running,
    .table .scroller {
      max-height: none;
      overflow: visible;
    }
  }
`;
