// Which rows of a long list are in sight. Rows are all of one height but for headings of groups, so that where each stands is arithmetic: no
// library that measures rows is needed, and 100,000 of them cost what 30 do.
import { useLayoutEffect, useMemo, useState } from 'react'
import { flushSync } from 'react-dom'

/** Rows that are drawn beyond what is in sight, at each end. */
const BEYOND = 8

export interface Shape {
  count: number
  rowHeight: number
  /** Rows with a heading above them, in their order. */
  headings: readonly number[]
  headingHeight: number
}

/** How many numbers of an ordered list are below one. */
function below(list: readonly number[], value: number): number {
  let [from, to] = [0, list.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((list[middle] ?? Infinity) < value) from = middle + 1
    else to = middle
  }
  return from
}

/** The distance of a row, its heading included, from the top of the list; for `count` the height of all. */
export function startOf({ rowHeight, headings, headingHeight }: Shape, at: number): number {
  return at * rowHeight + below(headings, at) * headingHeight
}

/** The row at a distance from the top. */
export function rowAt(shape: Shape, distance: number): number {
  let [from, to] = [0, Math.max(0, shape.count - 1)]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    if (startOf(shape, middle) <= distance) from = middle
    else to = middle - 1
  }
  return from
}

/** The rows to draw: those in sight, some beyond, and `always` wherever it is. */
export function drawnRows({ count }: Shape, first: number, last: number, always: number): number[] {
  const from = Math.max(0, first - BEYOND)
  const to = Math.min(count - 1, last + BEYOND)
  const rows = Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
  if (always < from && always >= 0) rows.unshift(always)
  if (always > to && always < count) rows.push(always)
  return rows
}

export interface Scrolled {
  /** What scrolls; null is the page. */
  scroller: HTMLElement | null
  /** Distance of the rows from the top of what scrolls, where that moves with them. */
  margin: number
  /** What covers the top and the foot of it. */
  covered: number
}

/** First and last row in sight, as what scrolls stands; and the way to bring a row into sight. */
export function useRowWindow(shape: Shape, { scroller, margin, covered }: Scrolled, ready: boolean) {
  const [sight, setSight] = useState({ first: 0, last: 0 })
  const view = useMemo(
    () => ({
      top: () => (scroller === null ? scrollY : scroller.scrollTop) - margin,
      height: () => (scroller === null ? innerHeight : scroller.clientHeight) - covered,
      to: (top: number) => (scroller ?? window).scrollTo({ top: top + margin }),
    }),
    [scroller, margin, covered],
  )
  useLayoutEffect(() => {
    if (!ready) return
    let height = view.height()
    let known = { first: -1, last: -1 }
    const look = () => {
      const top = view.top()
      const now = { first: rowAt(shape, top), last: rowAt(shape, top + height) }
      if (now.first === known.first && now.last === known.last) return
      known = now
      setSight(now)
    }
    look()
    // Drawn before the frame that shows the new place: a frame later the reader sees an empty list.
    const onScroll = () => flushSync(look)
    const onResize = () => {
      height = view.height()
      look()
    }
    const source = scroller ?? window
    source.addEventListener('scroll', onScroll, { passive: true })
    const watch = new ResizeObserver(onResize)
    if (scroller !== null) watch.observe(scroller)
    addEventListener('resize', onResize)
    return () => {
      source.removeEventListener('scroll', onScroll)
      watch.disconnect()
      removeEventListener('resize', onResize)
    }
  }, [shape, view, scroller, ready])
  const show = (at: number) => {
    const [start, end] = [startOf(shape, at), startOf(shape, at + 1)]
    const [top, height] = [view.top(), view.height()]
    if (start < top) view.to(start)
    else if (end > top + height) view.to(end - height)
  }
  const last = Math.min(sight.last, Math.max(0, shape.count - 1))
  return { first: Math.min(sight.first, last), last, show }
}
