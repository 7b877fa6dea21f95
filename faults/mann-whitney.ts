// Whether two samples come from the same thing: the Mann-Whitney U test, which asks nothing of how times are distributed, and Holm's correction
// where several pairs are asked at once. https://doi.org/10.1214/aoms/1177730491

export interface Compared {
  /** Two-sided: how likely a difference like this is where there is none. */
  p: number
  /** How much later the median of the first is, in the unit of the samples. */
  shift: number
}

/** By the normal approximation, with ties corrected: for samples of some twenty and more. */
export function mannWhitney(first: readonly number[], second: readonly number[]): Compared {
  const all = [
    ...first.map((value) => ({ value, mine: true })),
    ...second.map((value) => ({ value, mine: false })),
  ]
  all.sort((a, b) => a.value - b.value)
  const [n, m, total] = [first.length, second.length, all.length]
  let ranks = 0
  let ties = 0
  for (let from = 0; from < total;) {
    let to = from
    while (to < total && all[to]?.value === all[from]?.value) to += 1
    const same = to - from
    ties += same ** 3 - same
    // Equal values share the mean of their ranks.
    for (let at = from; at < to; at += 1) if (all[at]?.mine === true) ranks += (from + 1 + to) / 2
    from = to
  }
  const u = ranks - (n * (n + 1)) / 2
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  const z = variance === 0 ? 0 : (u - (n * m) / 2) / Math.sqrt(variance)
  return { p: twoSided(z), shift: middle(first) - middle(second) }
}

const middle = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? NaN

/** The part of a normal distribution that lies further out than z, on both sides; exact to 1.5e-7. Abramowitz and Stegun 7.1.26. */
function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
  return series.reduce((sum, part) => (sum + part) * t, 0) * Math.exp(-x * x)
}

/** Each p as it counts among all of them: a true one is below a bound by chance as rarely as if it had been asked alone. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p)
  const adjusted = ps.map(() => 1)
  let most = 0
  for (const [rank, { p, at }] of order.entries()) {
    most = Math.min(1, Math.max(most, (ps.length - rank) * p))
    adjusted[at] = most
  }
  return adjusted
}
