// What runs inside of a page that is measured. Each function is sent there as text, so that it names nothing from outside itself; the
// compiler knows no page here, so that each says what it asks of one.

interface Watched {
  document: {
    querySelector(selector: string): unknown
    querySelectorAll(selector: string): { length: number }
  }
  requestAnimationFrame(then: (now: number) => void): void
  /** When what was waited for had been drawn, in milliseconds since the page was asked for. */
  readyAt?: number
}

/** Put into a page before anything else: notes when there is what the selector names, at the frame after. */
export function watchReady(selector: string): void {
  const page = globalThis as unknown as Watched
  const look = () => {
    if (page.document.querySelector(selector) === null) page.requestAnimationFrame(look)
    else page.requestAnimationFrame(() => (page.readyAt = performance.now()))
  }
  page.requestAnimationFrame(look)
}

export function readyAt(): number | null {
  return (globalThis as unknown as Watched).readyAt ?? null
}

export function nodes(): number {
  return (globalThis as unknown as Watched).document.querySelectorAll('*').length
}

interface Timed {
  PerformanceObserver: new (
    heard: (list: {
      getEntries(): { name: string; duration: number; startTime: number; interactionId?: number }[]
    }) => void,
  ) => { observe(options: { type: string; durationThreshold: number }): void }
  /** The longest of each interaction so far: from the hand to the next frame that is drawn. */
  interactions?: Map<number, number>
}

/** Put into a page before anything else: notes how long each interaction took, in steps of 8 ms; below 16 ms nothing is told. */
export function watchInteractions(): void {
  const page = globalThis as unknown as Timed
  const longest = (page.interactions = new Map<number, number>())
  const observer = new page.PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId !== undefined && interactionId !== 0)
        longest.set(interactionId, Math.max(longest.get(interactionId) ?? 0, duration))
  })
  observer.observe({ type: 'event', durationThreshold: 16 })
}

/** How long the interactions since the last call took, in their order. */
export function interactions(): number[] {
  const known = (globalThis as unknown as Timed).interactions
  const list = [...(known ?? [])].sort(([one], [other]) => one - other).map(([, duration]) => duration)
  known?.clear()
  return list
}

/** Scrolls what the selector names (the page where it is null) from top to bottom, a jump a frame: how long each frame took. */
export async function scrollThrough({
  selector,
  jumps,
}: {
  selector: string | null
  jumps: number
}): Promise<number[]> {
  interface Scroller {
    scrollTop: number
    scrollHeight: number
    clientHeight: number
  }
  const page = globalThis as unknown as {
    document: { scrollingElement: Scroller; querySelector(selector: string): Scroller }
    requestAnimationFrame(then: (now: number) => void): void
  }
  const scroller = selector === null ? page.document.scrollingElement : page.document.querySelector(selector)
  const frame = () => new Promise<number>((done) => page.requestAnimationFrame(done))
  const height = scroller.scrollHeight - scroller.clientHeight
  const times: number[] = []
  let before = await frame()
  for (let jump = 1; jump <= jumps; jump++) {
    scroller.scrollTop = (height * jump) / jumps
    const now = await frame()
    times.push(now - before)
    before = now
  }
  return times
}

/** Addresses of the scripts that the page has loaded so far. */
export function scripts(): string[] {
  const { performance: known } = globalThis as unknown as {
    performance: { getEntriesByType(type: string): { name: string }[] }
  }
  const names = known.getEntriesByType('resource').map(({ name }) => name)
  return [...new Set(names.filter((name) => new URL(name).pathname.endsWith('.js')))]
}

/**
 * Put into a page before anything else: notes when Check for updates is pressed, when the stream of the workspace first tells of a task after
 * that, and when the side bar first shows that one is open.
 */
export function watchNews(): void {
  interface Source {
    addEventListener(name: string, heard: (event: { data: string }) => void): void
  }
  const page = globalThis as unknown as {
    EventSource: new (address: string) => Source
    addEventListener(name: string, heard: (event: { target: Pressed }) => void, first: boolean): void
    document: { querySelector(selector: string): { textContent: string } | null }
    requestAnimationFrame(then: () => void): void
    news: { pressed: number; stream?: number; screen?: number }
  }
  interface Pressed {
    closest(selector: string): { textContent: string } | null
  }
  page.news = { pressed: NaN }
  const look = () => {
    const shown = page.document.querySelector('a[href$="/automation"]')?.textContent.includes('open task')
    if (shown === true) page.news.screen ??= performance.now()
    else page.requestAnimationFrame(look)
  }
  page.addEventListener(
    'click',
    ({ target }) => {
      if (target.closest('button')?.textContent.trim() !== 'Check for updates') return
      page.news = { pressed: performance.now() }
      look()
    },
    true,
  )
  const Plain = page.EventSource
  page.EventSource = class extends Plain {
    constructor(address: string) {
      super(address)
      this.addEventListener('jobs', ({ data }) => {
        if ((JSON.parse(data) as { changed: string[] }).changed.length > 0)
          page.news.stream ??= performance.now()
      })
    }
  }
}
