// Which rows of a long list are in sight. Rows are all of one height but for headings of groups, so that where each stands is arithmetic: no
// library that measures rows is needed, and 100,000 of them cost what 30 do.
import { useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react'
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

/**
 * The highest that rows are drawn: Firefox draws no element higher than 17.8 million pixels, Chromium none higher than 33.5 million, and long
 * before that its places are rounded to whole pixels and more.
 */
const HIGHEST = 8_000_000
/** At both ends of a higher list the scroll bar moves it pixel by pixel, as it does any other; between them it leaves some out. */
const ENDS = 1_000_000

/** The height that the rows get on the page. */
export function heightOf(shape: Shape): number {
  return Math.min(startOf(shape, shape.count), HIGHEST)
}

/** Where a place in something of one height lies in something of another that ends the same way. */
export function carried(place: number, from: number, to: number): number {
  if (from === to || place <= ENDS) return place
  if (place >= from - ENDS) return to - (from - place)
  return ENDS + ((place - ENDS) * (to - 2 * ENDS)) / (from - 2 * ENDS)
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

/** A move further than this is no turn of a wheel but a jump to another place of the scroll bar. */
const JUMP = 10_000
const SETTLED_MS = 150

/**
 * First and last row in sight, as what scrolls stands; and the way to bring a row into sight. Of a list that is too high for a page `shift`
 * pixels are left out above what is drawn: as many as before while it is scrolled by hand, so that rows pass one by one, and as the scroll
 * bar's place says after a jump. Once it rests, the scroll bar is set to where it belongs.
 */
export function useRowWindow(shape: Shape, { scroller, margin, covered }: Scrolled, ready: boolean) {
  const [sight, setSight] = useState({ first: 0, last: 0, shift: 0 })
  const stand = useRef({ top: -Infinity, shift: 0 })
  const view = useMemo(
    () => ({
      top: () => (scroller === null ? scrollY : scroller.scrollTop) - margin,
      height: () => (scroller === null ? innerHeight : scroller.clientHeight) - covered,
      to: (top: number) => (scroller ?? window).scrollTo({ top: top + margin }),
    }),
    [scroller, margin, covered],
  )
  const full = startOf(shape, shape.count)
  const drawn = heightOf(shape)
  /** Scrolls so that this place of the list is at the top, and says so before the browser does. */
  const goTo = (place: number) => {
    const top = Math.round(carried(place, full, drawn))
    stand.current = { top, shift: place - top }
    view.to(top)
  }
  const settle = useEffectEvent(() => {
    const { top, shift } = stand.current
    if (Math.abs(carried(top + shift, full, drawn) - top) > 1) goTo(top + shift)
  })
  useLayoutEffect(() => {
    if (!ready) return
    let height = view.height()
    let known = { first: -1, last: -1, shift: 0 }
    let rest: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const top = view.top()
      let { shift } = stand.current
      if (top <= 0) shift = 0
      // The last row's line lies beneath the list's own.
      else if (top >= drawn - height - 1) shift = full - drawn
      else if (Math.abs(top - stand.current.top) > JUMP) shift = carried(top, drawn, full) - top
      // The list may have become shorter.
      shift = Math.min(shift, full - drawn)
      stand.current = { top, shift }
      const now = { first: rowAt(shape, top + shift), last: rowAt(shape, top + shift + height), shift }
      if (now.first === known.first && now.last === known.last && shift === known.shift) return
      known = now
      setSight(now)
    }
    look()
    // Drawn before the frame that shows the new place: a frame later the reader sees an empty list.
    const onScroll = () => {
      flushSync(look)
      if (full === drawn) return
      clearTimeout(rest)
      rest = setTimeout(settle, SETTLED_MS)
    }
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
      clearTimeout(rest)
      source.removeEventListener('scroll', onScroll)
      watch.disconnect()
      removeEventListener('resize', onResize)
    }
  }, [shape, view, scroller, ready, full, drawn])
  const show = (at: number) => {
    const [start, end] = [startOf(shape, at), startOf(shape, at + 1)]
    const [top, height] = [view.top() + stand.current.shift, view.height()]
    if (start < top) goTo(start)
    else if (end > top + height) goTo(end - height)
  }
  const last = Math.min(sight.last, Math.max(0, shape.count - 1))
  return { first: Math.min(sight.first, last), last, shift: sight.shift, show }
}
