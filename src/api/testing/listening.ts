// A test's app as a server that listens, for what only a socket can show.
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { ServerType } from '@hono/node-server'

type Fetch = Parameters<typeof serve>[0]['fetch']

/** Listens on a free port of this machine. Whoever asks for it closes it. */
export async function listening(fetch: Fetch): Promise<{ server: ServerType; port: number }> {
  const server = await new Promise<ServerType>((done) => {
    const made = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () => done(made))
  })
  return { server, port: (server.address() as AddressInfo).port }
}
