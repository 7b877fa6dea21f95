// The typed client sees every route of the table as it is: paths, inputs and answers.
import { hc } from 'hono/client'
import { expect, test } from 'vitest'
import type { Api } from './app.ts'

test('The typed client knows paths, inputs and answers', async () => {
  const asked: string[] = []
  const client = hc<Api>('http://localhost', {
    fetch: (input: string | URL | Request, init?: RequestInit) => {
      asked.push(`${init?.method ?? 'GET'} ${input instanceof Request ? input.url : String(input)}`)
      return Promise.resolve(
        Response.json({ rows: [{ name: 'A' }], total: 1, facets: {}, workspaceId: 'w', user: { name: 'P' } }),
      )
    },
  }).api.v1
  const app = { workspace: 'a', connection: 'b' }
  const partners = await client.workspaces[':workspace'].connections[':connection'].partners.$get({
    param: app,
    query: { status: 'pending' },
  })
  const { rows, total } = await partners.json()
  const name: string | null | undefined = rows[0]?.name
  const count: number = total
  const me = await client.me.$get()
  const mine: string = (await me.json()).user.name
  // @ts-expect-error the setup takes a code
  await client.setup.$post({ json: { name: 'x' } })
  expect([name, count, mine]).toEqual(['A', 1, 'P'])
  expect(asked).toEqual([
    'GET http://localhost/api/v1/workspaces/a/connections/b/partners?status=pending',
    'GET http://localhost/api/v1/me',
    'POST http://localhost/api/v1/setup',
  ])
})
