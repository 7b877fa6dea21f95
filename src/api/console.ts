// The console's built files. They are read once, so that no path of a request ever reaches the file system.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Context } from 'hono'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}
/** Fonts and pictures are compressed already. */
const compressible = new Set(['.html', '.js', '.css', '.svg', '.json', '.webmanifest', '.txt'])

interface File {
  body: Buffer<ArrayBuffer>
  gzip: Buffer<ArrayBuffer> | null
  type: string
  etag: string
  /** Its name holds a hash of its content. */
  immutable: boolean
}

/** Serves the files of the folder; every other page address gets the console itself, which knows its own routes. */
export function consoleFiles(dir: string | null): (c: Context) => Response | null {
  const files = dir === null || !existsSync(dir) ? new Map<string, File>() : load(dir)
  return (c) => {
    const path = c.req.path === '/' ? '/index.html' : c.req.path
    const file = files.get(path)
    if (file !== undefined) return send(c, file)
    if (extname(path) !== '') return null
    const page = files.get('/index.html')
    return page === undefined
      ? c.text('The console is not built. Start the program with: npm start\n', 503)
      : send(c, page)
  }
}

function load(dir: string): Map<string, File> {
  const files = new Map<string, File>()
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const type = types[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const place = join(entry.parentPath, entry.name)
    const body = Buffer.from(readFileSync(place))
    const path = place.slice(dir.length).replaceAll('\\', '/')
    files.set(path.startsWith('/') ? path : `/${path}`, {
      body,
      gzip: compressible.has(extname(entry.name)) ? Buffer.from(gzipSync(body, { level: 9 })) : null,
      type,
      etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`,
      immutable: path.includes('/assets/'),
    })
  }
  return files
}

function send(c: Context, file: File): Response {
  const headers: Record<string, string> = {
    'Content-Type': file.type,
    ETag: file.etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
  if (c.req.header('if-none-match') === file.etag) return c.body(null, 304, headers)
  const zipped = file.gzip !== null && (c.req.header('accept-encoding') ?? '').includes('gzip')
  return zipped && file.gzip !== null
    ? c.body(file.gzip, 200, { ...headers, 'Content-Encoding': 'gzip' })
    : c.body(file.body, 200, headers)
}
