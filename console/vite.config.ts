// Builds the console to static files in dist/console: hashed names, no inline script or style, fonts included, so that a
// content security policy of 'self' holds.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * What the console never runs is not sent to it: the model's checks, since it uses the model's labels and rules alone (whatever is asked of the
 * stand-in answers with itself, and nothing checks a value), and the cookies of the API's client, which the browser sends by itself.
 */
function withoutUnused(): Plugin {
  const standIns: Record<string, string> = {
    '\0without-schemas':
      'const nothing = () => undefined; export const z = new Proxy(nothing, { get: () => z, apply: () => z })',
    '\0without-cookies': 'export const serialize = () => ""',
  }
  return {
    name: 'without-unused',
    enforce: 'pre',
    resolveId: (id, from) => {
      if (id === 'zod') return '\0without-schemas'
      return id.endsWith('/utils/cookie.js') && from?.includes('/hono/dist/client/') === true
        ? '\0without-cookies'
        : null
    },
    load: (id) => standIns[id] ?? null,
  }
}

/**
 * Icons by their own files. A file that all of them stand in is taken whole into what every page needs: with those that only some dialog shows.
 */
function iconsOneByOne(): Plugin {
  const all = readFileSync(here('../node_modules/lucide-react/dist/esm/lucide-react.mjs'), 'utf8')
  const fileOf = new Map<string, string>()
  for (const [, names = '', file = ''] of all.matchAll(/^export \{(.+)\} from '\.\/icons\/(.+)\.mjs'/gm))
    for (const [, name = ''] of names.matchAll(/default as (\w+)/g)) fileOf.set(name, file)
  return {
    name: 'icons-one-by-one',
    enforce: 'pre',
    transform: (code, id) =>
      !id.includes('/console/')
        ? null
        : code.replace(/^import \{([^}]+)\} from 'lucide-react'/gm, (_, names: string) =>
            [...names.matchAll(/(\w+)(?: as (\w+))?/g)]
              .map(([, name = '', as]) => {
                const file = fileOf.get(name)
                if (file === undefined) throw new Error(`lucide-react has no icon ${name}`)
                return `import ${as ?? name} from 'lucide-react/icons/${file}'`
              })
              .join(';'),
          ),
  }
}

interface Bundle {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null
}

/** What a module brings along, itself included, without what it loads later. */
function closure(id: string, bundle: Bundle): Set<string> {
  const known = new Set<string>()
  const add = (id: string) => {
    if (known.has(id)) return
    known.add(id)
    bundle.getModuleInfo(id)?.importedIds.forEach(add)
  }
  add(id)
  return known
}

/**
 * Few files, each of what is wanted together: what every page needs (the libraries apart, since like packs better with like), what every page
 * of an app needs besides, and what every list does. Left to itself the bundler makes a file for each set of pages that share something: four
 * times as many for a first list, and a twentieth more to load.
 */
const together = [
  { name: 'first', roots: ['main.tsx'] },
  { name: 'app', roots: ['screens/app.tsx'] },
  {
    name: 'list',
    roots: [
      'components/ListView.tsx',
      'screens/person-columns.tsx',
      'screens/person-drawer.tsx',
      'screens/filters.ts',
      'screens/held-removals.tsx',
      'components/Tabs.tsx',
      'windows.ts',
      '../src/model/snapshot.ts',
    ],
  },
  {
    name: 'form',
    roots: [
      'components/TextField.tsx',
      'components/TextArea.tsx',
      'components/SpecFields.tsx',
      'screens/entry.tsx',
      'screens/new-password-field.tsx',
      'screens/safe-path.ts',
      'screens/fragment.ts',
    ],
    only: /\/console\//,
  },
  {
    name: 'over',
    roots: ['Drawer', 'DialogForm', 'AlertDialog', 'MenuPopup', 'FacetsDrawer'].map(
      (one) => `components/${one}.tsx`,
    ),
    only: /base-ui|floating-ui|components\/(Drawer|Dialog|DialogForm|AlertDialog|MenuPopup|FacetsDrawer|IconButton|layer|kept|typed|return-focus)\./,
  },
].map(({ name, roots, only }: { name: string; roots: string[]; only?: RegExp }) => {
  let members: Set<string> | undefined
  const entries = roots.map((root) => here(root))
  return {
    name: (id: string, bundle: Bundle) => {
      members ??= new Set(entries.flatMap((entry) => [...closure(entry, bundle)]))
      if (!members.has(id) || id === here('main.tsx') || only?.test(id) === false) return null
      return name === 'first' && id.includes('node_modules') ? 'base' : name
    },
  }
})

export default defineConfig({
  root: here('.'),
  plugins: [withoutUnused(), iconsOneByOne(), react(), tailwindcss()],
  build: {
    outDir: here('../dist/console'),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // What every page has loaded already is not named with each screen.
      resolveDependencies: (_, files, { hostType }) =>
        hostType === 'html' ? files : files.filter((file) => !/\/(base|first|rolldown-runtime)-/.test(file)),
    },
    rolldownOptions: {
      // Of the stand-in nothing that is not used is of use.
      treeshake: { manualPureFunctions: ['z'] },
      output: {
        codeSplitting: {
          // Icons of several later pages: one file rather than one each.
          groups: [...together, { name: 'icons', test: /lucide-react\/dist\/esm\/icons/, minShareCount: 2 }],
        },
      },
    },
  },
  server: { proxy: { '/api': 'http://localhost:4400' } },
})
