/** Lines that rise to the right, one in `period` pixels, `width` pixels wide: masked. */
export function isHatchLine(x: number, y: number, period: number, width: number): boolean {
  return (x + y) % period < width;
}

/** A chequer of squares of `size` pixels: not a finite number. Unlike hatching it runs in no direction. */
export function isChequer(x: number, y: number, size: number): boolean {
  return (Math.floor(x / size) + Math.floor(y / size)) % 2 === 0;
}
