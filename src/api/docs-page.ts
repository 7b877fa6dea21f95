// The description of the API as a page for people: written once at the start, without scripts, from the same description that programs read.
import type { Handler } from 'hono'
import type { Description, JsonSchema, Operation, Parameter } from './openapi.ts'

/** Text that may stand in HTML, in an attribute too. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Plain text with `code` in backticks. */
const line = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')

function paragraphs(text: string): string {
  const lines = text.split('\n')
  const items = lines.filter((one) => one.startsWith('- '))
  const plain = lines.filter((one) => !one.startsWith('- '))
  return `${plain.map((one) => `<p>${line(one)}</p>`).join('')}<ul>${items.map((one) => `<li>${line(one.slice(2))}</li>`).join('')}</ul>`
}

/** Serves the page. */
export function docsPage(description: Description): Handler {
  const page = pageOf(description)
  return (c) => c.html(page)
}

function pageOf({ info, tags, paths, components }: Description): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = tags.map(({ name, description }) => {
    const own = all.filter(({ operation }) => operation.tags[0] === name)
    return `<section aria-labelledby="${anchor(name)}"><h2 id="${anchor(name)}">${escaped(name)}</h2><p>${escaped(description)}</p>
${own.map(({ path, method, operation }) => operationHtml(path, method, operation)).join('\n')}</section>`
  })
  const shapes = Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `<h3 id="shape-${name}">${name}</h3><pre>${typeOf(schema, '')}</pre>`)
  const failures = Object.entries(components.responses).map(
    ([name, { description }]) => `<dt>${name.replace('Status', '')}</dt><dd>${line(description)}</dd>`,
  )
  const links = [...tags.map(({ name }) => name), 'Failures', 'Shapes']
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guestlist API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/api/docs.css"></head>
<body><a class="skip" href="#main">Skip to the routes</a>
<header><h1>Guestlist API</h1><p>Version ${escaped(info.version)}. The same for programs: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p></header>
<nav aria-label="Parts of the API"><ul>${links.map((name) => `<li><a href="#${anchor(name)}">${escaped(name)}</a></li>`).join('')}</ul></nav>
<main id="main" tabindex="-1"><section aria-label="Introduction">${paragraphs(info.description)}<p>All addresses stand below <code>/api/v1</code>.</p></section>
${sections.join('\n')}
<section aria-labelledby="failures"><h2 id="failures">Failures</h2><p>Every failure has the same form: <a href="#shape-Error">Error</a>.</p><dl>${failures.join('')}</dl></section>
<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>${shapes.join('\n')}</section>
</main></body></html>
`
}

const anchor = (name: string) => name.toLowerCase().replaceAll(/[^a-z]+/g, '-')

function operationHtml(path: string, method: string, operation: Operation): string {
  const body = operation.requestBody?.content['application/json']?.schema
  const statuses = Object.keys(operation.responses).filter((status) => Number(status) >= 400)
  return `<details id="${operation.operationId}"><summary><span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code> <span class="what">${escaped(operation.summary)}</span></summary>
<p>${line(operation.description)}</p>${parametersHtml(operation.parameters)}
${body === undefined ? '' : `<h3>Body</h3><pre>${typeOf(body, '')}</pre>`}
<h3>Answer</h3>${answerHtml(operation.responses)}
<p>Failures: ${statuses.map((status) => `<a href="#failures">${status}</a>`).join(', ')}</p></details>`
}

function parametersHtml(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map(
    ({ name, in: where, required, schema }) =>
      `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${where === 'path' ? 'in the address' : 'after the ?'}</td><td>${required ? 'needed' : 'optional'}</td><td><code>${typeOf(schema, '')}</code></td></tr>`,
  )
  return `<h3>Parameters</h3><table><thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Needed</th><th scope="col">Value</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function answerHtml(responses: Operation['responses']): string {
  const [status, answer] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? []
  if (answer === undefined || !('description' in answer)) return ''
  const content = Object.entries(answer.content ?? {}).map(
    ([type, { schema }]) => `<p><code>${escaped(type)}</code></p><pre>${typeOf(schema, '')}</pre>`,
  )
  return `<p>${status ?? ''} ${escaped(answer.description)}</p>${content.join('')}`
}

/** A schema in the notation of TypeScript, named shapes as links. */
function typeOf(schema: unknown, indent: string): string {
  if (typeof schema !== 'object' || schema === null) return 'any'
  const { $ref, type, enum: values, const: only, anyOf, oneOf, allOf } = schema as JsonSchema
  if (typeof $ref === 'string') return linkTo($ref)
  if (Array.isArray(values)) return values.map((value) => escaped(JSON.stringify(value))).join(' | ')
  if (only !== undefined) return escaped(JSON.stringify(only))
  for (const [some, sign] of [
    [anyOf, ' | '],
    [oneOf, ' | '],
    [allOf, ' & '],
  ] as const) {
    if (Array.isArray(some)) return some.map((one) => typeOf(one, indent)).join(sign)
  }
  if (Array.isArray(type))
    return type.map((one: unknown) => typeOf({ ...schema, type: one }, indent)).join(' | ')
  return plainType(schema as JsonSchema, indent)
}

function plainType(schema: JsonSchema, indent: string): string {
  const { type, items, format } = schema
  if (type === 'array') {
    const inner = typeOf(items, indent)
    return inner.includes(' | ') ? `(${inner})[]` : `${inner}[]`
  }
  if (type === 'object') return objectType(schema, indent)
  if (typeof type !== 'string') return 'any'
  return typeof format === 'string' ? `${type} (${escaped(format)})` : type
}

function objectType({ properties, required, additionalProperties }: JsonSchema, indent: string): string {
  const needed = Array.isArray(required) ? required : []
  const inner = `${indent}  `
  const lines = Object.entries((properties ?? {}) as JsonSchema).map(
    ([name, schema]) =>
      `${inner}${escaped(name)}${needed.includes(name) ? '' : '?'}: ${typeOf(schema, inner)}`,
  )
  if (typeof additionalProperties === 'object')
    lines.push(`${inner}[name]: ${typeOf(additionalProperties, inner)}`)
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

function linkTo(ref: string): string {
  const name = escaped(ref.split('/').at(-1) ?? '')
  return `<a href="#shape-${name}">${name}</a>`
}

const style = `:root{color-scheme:light dark;--line:#d4d4d8;--soft:#f4f4f5;--text:#18181b;--quiet:#52525b;--link:#1d4ed8;--page:#fff}
@media (prefers-color-scheme:dark){:root{--line:#3f3f46;--soft:#18181b;--text:#f4f4f5;--quiet:#a1a1aa;--link:#93c5fd;--page:#09090b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 4rem;font:1rem/1.6 system-ui,sans-serif;color:var(--text);background:var(--page)}
a{color:var(--link)}
a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
main:focus{outline:none}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.5rem}
h1{margin:0}
h2{margin:3rem 0 .25rem;border-bottom:1px solid var(--line)}
h3{margin:1rem 0 .25rem;font-size:1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
code,pre{font:.875rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
pre{margin:.25rem 0;padding:.75rem;background:var(--soft);border:1px solid var(--line);border-radius:.375rem;white-space:pre-wrap}
details{border:1px solid var(--line);border-radius:.375rem;margin:.5rem 0;padding:0 .75rem}
details[open]{padding-bottom:.75rem}
summary{cursor:pointer;padding:.625rem 0}
.method{display:inline-block;min-width:4.25rem;font-weight:600;font-size:.875rem}
.what{display:block;color:var(--quiet)}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.375rem .5rem .375rem 0;border-bottom:1px solid var(--line)}
th code{overflow-wrap:normal}
dt{font-weight:600}
dd{margin:0 0 .5rem}
`

/** Serves the page's style sheet: the policy of the server lets none stand in a page. */
export const docsStyle: Handler = (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' })
