// A picture of a page that shows nothing but what a recipe knows. The page is not photographed: its boxes are measured and drawn anew,
// text as bars, and only texts that are exactly a known label are written. So a page that changes meanwhile cannot leak into it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { isLeaving } from './errors.ts'

/** A piece of a page: where it is, and the number of the label that it is, -1 where its text is not known. */
interface Piece {
  kind: 'box' | 'text' | 'field' | 'image'
  x: number
  y: number
  width: number
  height: number
  label: number
}

/** A drawing of ours asks nobody for anything: it may take so long on a busy machine, whatever a page is given. */
const DRAWN_MS = 15_000
const LEAVING_MS = 100
/** Pieces of one drawing. */
const LARGEST = 1_500

/**
 * Runs in the page: measures what is visible. Gives numbers alone, so that no text leaves the page. Text, since the page's own types are
 * not those of this program.
 */
const measure = `(labels) => {
  const pieces = []
  const add = (kind, box, label) => {
    if (box.width < 2 || box.height < 2 || box.top > innerHeight || box.bottom < 0 || pieces.length >= ${LARGEST}) return
    pieces.push({ kind, x: box.left, y: box.top, width: box.width, height: box.height, label })
  }
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const all = (kind, selector) => {
    for (const element of document.body.querySelectorAll(selector))
      if (seen(element)) add(kind, element.getBoundingClientRect(), -1)
  }
  all('box', 'section, header, table, dialog, [role=dialog], button')
  all('field', 'input, select, textarea')
  all('image', 'img, svg, canvas, video, iframe, object')
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.nodeValue.replace(/\\s+/g, ' ').trim()
    const parent = node.parentElement
    if (text === '' || parent === null || parent.closest('option, script, style') !== null || !seen(parent)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const label = labels.indexOf(text)
    // A known label is written once, at its first line.
    Array.from(range.getClientRects()).forEach((box, line) => add('text', box, line === 0 ? label : -1))
  }
  return pieces
}`

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`)

/** The drawing as SVG. Its only text is of `labels`. */
export async function drawingOf(page: Page, labels: readonly string[]): Promise<string> {
  const { width, height } = page.viewportSize() ?? { width: 1280, height: 800 }
  const pieces: Piece[] = await page.evaluate(`(${measure})(${JSON.stringify(labels)})`)
  const drawn = pieces.map((piece) => {
    const [x, y, w, h] = [piece.x, piece.y, piece.width, piece.height].map((n) => Math.round(n))
    const box = `x="${String(x)}" y="${String(y)}" width="${String(w)}" height="${String(h)}"`
    switch (piece.kind) {
      case 'box':
        return `<rect ${box} rx="6" fill="#fff" fill-opacity=".75" stroke="#cfd5dd"/>`
      case 'field':
        return `<rect ${box} rx="4" fill="#eef1f5" stroke="#8b95a1"/>`
      case 'image':
        return `<rect ${box} fill="#c9cfd8"/>`
      case 'text': {
        const label = labels[piece.label]
        if (label === undefined) return `<rect ${box} rx="3" fill="#b4bcc8"/>`
        const size = Math.min(Math.max(piece.height * 0.72, 9), 26)
        const base = piece.y + piece.height * 0.75
        return `<text x="${String(x)}" y="${base.toFixed(1)}" font-size="${size.toFixed(1)}" textLength="${String(w)}" lengthAdjust="spacingAndGlyphs">${escaped(label)}</text>`
      }
    }
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" font-family="sans-serif" fill="#1c2127"><rect width="100%" height="100%" fill="#f6f7f9"/>${drawn.join('')}</svg>`
}

/**
 * The drawing as PNG. A page that is just leaving is drawn where it arrives; one that does not answer in `patience` milliseconds, as one that
 * waits for a file, is drawn empty.
 */
export async function pictureOf(page: Page, labels: readonly string[], patience: number): Promise<Buffer> {
  const over = new AbortController()
  const drawing = drawnThere(page, labels, over.signal)
  // Where nobody waits for it any more.
  drawing.catch(() => undefined)
  const empty = sleep(patience, '<svg xmlns="http://www.w3.org/2000/svg"/>', { signal: over.signal })
  const svg = await Promise.race([drawing, empty]).finally(() => over.abort())
  try {
    return await photographed(page, svg)
  } catch (error) {
    // A busy Chromium has nothing to show yet and refuses; asked again it does.
    if (!/Page\.captureScreenshot/.test(String(error))) throw error
    return photographed(page, svg)
  }
}

async function drawnThere(page: Page, labels: readonly string[], over: AbortSignal): Promise<string> {
  for (;;) {
    try {
      return await drawingOf(page, labels)
    } catch (error) {
      if (!isLeaving(error)) throw error
      await sleep(LEAVING_MS, undefined, { signal: over })
    }
  }
}

/** In an empty page that is opened for it and closed: kept open, it would cost the memory of a process. */
async function photographed(page: Page, svg: string): Promise<Buffer> {
  const sheet = await page.context().newPage()
  try {
    await sheet.setContent(`<style>body{margin:0}</style>${svg}`, { timeout: DRAWN_MS })
    return await sheet.screenshot({ type: 'png', animations: 'allow', caret: 'initial', timeout: DRAWN_MS })
  } finally {
    await sheet.close()
  }
}
