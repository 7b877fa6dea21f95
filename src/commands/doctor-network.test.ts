// What the doctor says of the Graph API where something else answers in its place, or does not tell the time, and of an address that nobody can
// listen at.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { graph, program } from './doctor-network.ts'

async function asked(answer: RequestListener): Promise<string[]> {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const findings = await graph(loadConfig({ META_GRAPH_URL: `http://127.0.0.1:${port}` }), true)
  server.close()
  return findings.map(({ check, state }) => `${check}: ${state}`)
}

test('a refusal of the Graph API is an answer, and tells the time', async () => {
  const found = await asked((_, response) => response.writeHead(400).end('{"error":{"code":100}}'))
  expect(found).toEqual(['Graph API (live): ok', 'clock: ok'])
})

test('the page of a proxy is no answer of the Graph API', async () => {
  const found = await asked((_, response) => response.writeHead(403).end('<h1>Not allowed here</h1>'))
  expect(found).toEqual(['Graph API (live): problem'])
})

test.each([undefined, 'half past nine'])(
  'a clock that nobody told (%s) is not said to agree',
  async (date) => {
    const found = await asked((_, response) => {
      response.sendDate = false
      if (date !== undefined) response.setHeader('date', date)
      response.end('{}')
    })
    expect(found).toEqual(['Graph API (live): ok', 'clock: cannot tell'])
  },
)

// It was said to be taken by something.
test('an address that is not this machine’s is not said to be taken', async () => {
  const { state, sentence } = await program(loadConfig({ HOST: '192.0.2.1', PORT: '4999' }))
  expect([state, sentence]).toEqual(['problem', expect.stringContaining('(EADDRNOTAVAIL)') as string])
})
