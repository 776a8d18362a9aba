// What set-up says while it works: "[2 of 4] Emscripten: unpacking 14 of 31 (12 s)". One line that is rewritten on a terminal, and a
// line now and then where output goes to a file.
const interval = process.stderr.isTTY ? 200 : 10_000;

export class Progress {
  #total;
  #index = 0;
  #name = '';
  #started = 0;
  #shown = 0;

  constructor(total) {
    this.#total = total;
  }

  begin(name) {
    this.#index += 1;
    this.#name = name;
    this.#started = Date.now();
    this.#shown = 0;
    this.update('');
  }

  /** Says how far the step is; calls that come too soon after each other are not shown. */
  update(detail) {
    const now = Date.now();
    if (this.#shown && now - this.#shown < interval) return;
    this.#shown = now;
    this.#write(detail, process.stderr.isTTY ? '' : '\n');
  }

  end(detail) {
    this.#write(detail, '\n');
  }

  #write(detail, end) {
    const seconds = Math.round((Date.now() - this.#started) / 1000);
    const line = `[${this.#index} of ${this.#total}] ${this.#name}${detail ? `: ${detail}` : ' …'} (${seconds} s)`;
    process.stderr.write(
      process.stderr.isTTY ? `\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 120) - 1)}${end}` : line + end,
    );
  }
}
