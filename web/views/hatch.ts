/** Lines that rise to the right, one in `period` pixels, `width` pixels wide: masked. */
export function isHatchLine(x: number, y: number, period: number, width: number): boolean {
  return (x + y) % period < width;
}

/** Dots of `size` pixels, one in each square of `period`: hidden. */
export function isDot(x: number, y: number, period: number, size: number): boolean {
  return x % period < size && y % period < size;
}

/** A chequer of squares of `size` pixels: not a finite number. Unlike hatching it runs in no direction. */
export function isChequer(x: number, y: number, size: number): boolean {
  return (Math.floor(x / size) + Math.floor(y / size)) % 2 === 0;
}
