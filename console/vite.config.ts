// Builds the console to static files in dist/console: hashed names, no inline script or style, fonts included, so that a
// content security policy of 'self' holds.
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * The model's checks run on the server only; the console uses its labels and rules. So that the first page is a fifth smaller, the
 * schema library is a stand-in here: whatever is asked of it answers with itself, and nothing checks a value.
 */
function withoutSchemas(): Plugin {
  const standIn = '\0without-schemas'
  return {
    name: 'without-schemas',
    enforce: 'pre',
    resolveId: (id) => (id === 'zod' ? standIn : null),
    load: (id) =>
      id === standIn
        ? 'const nothing = () => undefined; export const z = new Proxy(nothing, { get: () => z, apply: () => z })'
        : null,
  }
}

export default defineConfig({
  root: here('.'),
  plugins: [withoutSchemas(), react(), tailwindcss()],
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://localhost:4400' } },
})
