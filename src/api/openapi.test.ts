// The description of the API holds against OpenAPI 3.1 as we read it: its form, its pointers, every route of the table, and schemas that
// another reader (zod's own, from JSON Schema) takes back. https://spec.openapis.org/oas/v3.1.0
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { routes } from './app.ts'
import { docsPage } from './docs-page.ts'
import { descriptionOf } from './openapi.ts'
import type { Operation } from './openapi.ts'
import type { Route } from './route.ts'

const table: readonly Route[] = routes
const description = descriptionOf(table, '1.2.3')
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

const Schema: z.ZodType = z.union([z.boolean(), z.record(z.string(), z.unknown())])
const Content = z.record(z.string().regex(/^\w+\/[\w.-]+$/), z.strictObject({ schema: Schema }))
const Reference = z.strictObject({ $ref: z.string().startsWith('#/components/') })
const Response = z.strictObject({ description: z.string().min(1), content: Content.optional() })
const Parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: Schema,
})
const OperationForm = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  summary: z.string().min(3),
  description: z.string().min(3),
  tags: z.array(z.string()).length(1),
  parameters: z.array(Parameter),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), z.union([Reference, Response])),
  security: z.array(z.record(z.string(), z.array(z.string()))),
})
const Form = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  jsonSchemaDialect: z.url(),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'patch', 'put', 'delete']), OperationForm),
  ),
  components: z.strictObject({
    securitySchemes: z.record(
      z.string(),
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('http'), scheme: z.literal('bearer'), description: z.string() }),
        z.strictObject({
          type: z.literal('apiKey'),
          in: z.literal('cookie'),
          name: z.string(),
          description: z.string(),
        }),
      ]),
    ),
    schemas: z.record(z.string().regex(/^[A-Za-z0-9._-]+$/), Schema),
    responses: z.record(z.string(), Response),
  }),
})

/** Every value that stands anywhere under this name. */
function under(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => under(name, one))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name && typeof inner === 'string' ? [inner] : []),
    ...under(name, inner),
  ])
}

/** What a pointer leads to. */
function resolved(pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], description)
}

test('It has the form of an OpenAPI 3.1 document', () => {
  expect(Form.safeParse(JSON.parse(JSON.stringify(description))).error?.issues ?? []).toEqual([])
})

test('Every pointer leads somewhere, and nothing points into a place that is not there', () => {
  const pointers = under('$ref', description) as string[]
  expect(pointers.length).toBeGreaterThan(500)
  expect(pointers.filter((pointer) => resolved(pointer) === undefined)).toEqual([])
  expect(JSON.stringify(description)).not.toContain('$defs')
})

test('Every route of the table is there, once, and nothing else', () => {
  const told = operations.map(({ path, method }) => `${method} ${path}`)
  expect(told.sort()).toEqual(
    table.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).sort(),
  )
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(table.length)
})

test('Each says its input, its answers and failures, who may, and with which scope of a key', () => {
  const tags = description.tags.map(({ name }) => name)
  for (const { path, method, operation } of operations) {
    const route = table.find(
      (one) => one.method === method && one.path.replaceAll(/:(\w+)/g, '{$1}') === path,
    )
    if (route === undefined) throw new Error(path)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const told = operation.parameters.filter((one) => one.in === 'path').map((one) => one.name)
    expect(told, path).toEqual(inPath)
    expect(operation.requestBody === undefined, path).toBe(route.endpoint.body === null)
    expect(tags).toContain(operation.tags[0])
    expect(scopesOf(operation), path).toEqual(route.scope === null ? [] : [route.scope])
    expect(operation.security.length === 0, path).toBe(route.right === 'open')
    const statuses = Object.keys(operation.responses)
    expect(
      statuses.filter((status) => status.startsWith('2')),
      path,
    ).toHaveLength(1)
    expect(statuses, path).toEqual(expect.arrayContaining(['400', '429', '500']))
  }
})

const scopesOf = ({ security }: Operation) => security.flatMap((one) => one.apiKey ?? [])

test('Every schema is one that another reader of JSON Schema takes', () => {
  const all = schemasUnder('schema', description.paths)
  expect(all.length).toBeGreaterThan(150)
  for (const schema of all) {
    const text = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')
    const whole = {
      ...(JSON.parse(text) as object),
      $schema: description.jsonSchemaDialect,
      $defs: JSON.parse(
        JSON.stringify(description.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
      ) as object,
    }
    expect(() => z.fromJSONSchema(whole as Parameters<typeof z.fromJSONSchema>[0]), text).not.toThrow()
  }
})

/** Every object that stands anywhere under this name. */
function schemasUnder(name: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === name && typeof inner === 'object' ? [inner] : schemasUnder(name, inner),
  )
}

test('The page tells every route and shape, leads nowhere that is not there, and brings nothing from elsewhere', async () => {
  const page = await (await new Hono().get('/', docsPage(description)).request('/')).text()
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  for (const { operation } of operations) expect(ids).toContain(operation.operationId)
  for (const name of Object.keys(description.components.schemas)) expect(ids).toContain(`shape-${name}`)
  const links = [...page.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, to = '']) => to)
  expect(links.filter((to) => to.startsWith('#') && !ids.has(to.slice(1)))).toEqual([])
  expect(new Set(links.filter((to) => !to.startsWith('#')))).toEqual(
    new Set(['/api/docs.css', '/api/v1/openapi.json', 'data:,']),
  )
  expect(page).not.toMatch(/<script|<style| style=| on\w+=|javascript:/)
  expect([...page.matchAll(/ id="([^"]+)"/g)]).toHaveLength(ids.size)
})
