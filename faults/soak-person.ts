// The person of the soak: reads lists, renames things, makes and revokes keys, presses Check for updates and stops it, through the API, while the
// server is killed under them. What was acknowledged has to be there in the end; of what was cut off, either may be.
import type { Random } from '../src/connectors/meta/simulator/random.ts'
import { ask, signIn } from './served.ts'
import type { Answer, Served } from './served.ts'
import type { Business } from './soak-watch.ts'

/** What may be read of something in the end: what was acknowledged last, or what was tried after it and never answered. */
export class Ledger {
  readonly #may = new Map<string, Set<string>>()
  readonly #acknowledged = new Set<string>()
  /** Writes by what they leave in the activity log. */
  readonly deeds = new Map<string, { acknowledged: number; unknown: number }>()

  async write(thing: string, value: string, deed: string, act: () => Promise<number>): Promise<void> {
    const may = this.#may.get(thing) ?? new Set()
    const counted = this.deeds.get(deed) ?? { acknowledged: 0, unknown: 0 }
    this.#may.set(thing, may)
    this.deeds.set(deed, counted)
    const status = await act().catch(() => 0)
    if (status >= 200 && status < 300) {
      may.clear()
      may.add(value)
      this.#acknowledged.add(thing)
      counted.acknowledged += 1
    } else if (status === 0 || status >= 500) {
      may.add(value)
      counted.unknown += 1
    }
  }

  /** What was acknowledged and is not there. `now`: what each thing reads as; a thing that is not there reads as nothing. */
  lost(now: ReadonlyMap<string, string>): string[] {
    return [...this.#may]
      .filter(([thing, may]) => this.#acknowledged.has(thing) && !may.has(now.get(thing) ?? ''))
      .map(([thing, may]) => `${thing} reads "${now.get(thing) ?? ''}", not ${[...may].join(' or ')}`)
  }

  /** Writes without their line in the activity log, and lines without a write. `told`: lines by deed. */
  untold(told: ReadonlyMap<string, number>): string[] {
    return [...this.deeds]
      .filter(([deed, { acknowledged, unknown }]) => {
        const lines = told.get(deed) ?? 0
        return lines < acknowledged || lines > acknowledged + unknown
      })
      .map(
        ([deed, { acknowledged, unknown }]) =>
          `${told.get(deed) ?? 0} lines of ${deed} in the log, for ${acknowledged} writes (and ${unknown} of unknown end)`,
      )
  }
}

export interface Person {
  ledger: Ledger
  /** Answers that are no answers, while the server was there. */
  wrong: string[]
  reads(): number
  /** Reads or writes something. */
  act(): Promise<void>
  signIn(): Promise<void>
  /** What each thing of the ledger reads as now, and the lines of its deeds in the log. */
  things(): Promise<Map<string, string>>
}

/** `isThere`: false while the server is being killed and started. */
export function personOf(
  g: Pick<Served, 'url' | 'root' | 'api'>,
  businesses: readonly Business[],
  chance: Random,
  isThere: () => boolean,
): Person {
  const ledger = new Ledger()
  const wrong: string[] = []
  const keys: { id: string; workspaceId: string }[] = []
  let count = 0
  let reads = 0
  const enter = async () => {
    const answer = await signIn(g as Served)
    if (answer.status === 200) g.api.cookie = answer.cookie
  }
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const there = isThere()
    const answer = await ask(g, method, path, body, { cookie: g.api.cookie })
    if (answer.status === 401) await enter()
    if (answer.status >= 500 && there && isThere())
      wrong.push(`${method} ${path.replace(/[0-9a-f-]{36}/g, '…')} answered ${answer.status}`)
    return answer
  }
  const lists = ['partners', 'principals', 'resources', 'changes', 'proposals', 'overview']
  const acts: (() => Promise<unknown>)[] = [
    async () => {
      const { workspaceId, connectionId } = chance.pick([...businesses])
      reads += 1
      await send('GET', `/api/v1/workspaces/${workspaceId}/connections/${connectionId}/${chance.pick(lists)}`)
    },
    async () => {
      const { workspaceId } = chance.pick([...businesses])
      reads += 1
      const path = chance.pick(['jobs', 'audit', 'identities', 'notices', 'members', 'search?q=nora'])
      await send('GET', `/api/v1/workspaces/${workspaceId}/${path}`)
    },
    () => {
      const { workspaceId } = chance.pick([...businesses])
      const name = `Workspace ${++count}`
      return ledger.write(`name of workspace ${workspaceId}`, name, 'workspace.change', async () => {
        return (await send('PATCH', `/api/v1/workspaces/${workspaceId}`, { name })).status
      })
    },
    () => {
      const { workspaceId, connectionId } = chance.pick([...businesses])
      const label = `App ${++count}`
      const path = `/api/v1/workspaces/${workspaceId}/connections/${connectionId}`
      return ledger.write(`label of app ${connectionId}`, label, 'connection.change', async () => {
        return (await send('PATCH', path, { label })).status
      })
    },
    async () => {
      const { workspaceId } = chance.pick([...businesses])
      const body = { name: `Key ${++count}`, scopes: ['read'], expiresAt: null }
      let id = ''
      await ledger.write(`key ${body.name}`, 'live', 'api-key.make', async () => {
        const answer = await send('POST', `/api/v1/workspaces/${workspaceId}/api-keys`, body)
        id = (answer.body['key'] as { id?: string } | undefined)?.id ?? ''
        return answer.status
      })
      if (id !== '') keys.push({ id, workspaceId })
      const [old] = keys.length > 3 ? keys.splice(0, 1) : []
      if (old === undefined) return
      const path = `/api/v1/workspaces/${old.workspaceId}/api-keys/${old.id}/revoke`
      await ledger.write(`end of key ${old.id}`, 'revoked', 'api-key.revoke', async () => {
        return (await send('POST', path, {})).status
      })
    },
    async () => {
      const { workspaceId, connectionId } = chance.pick([...businesses])
      const ws = `/api/v1/workspaces/${workspaceId}`
      const { body } = await send('POST', `${ws}/connections/${connectionId}/check-for-updates`, {})
      if (typeof body['jobId'] === 'string' && chance.chance(0.2))
        await send('POST', `${ws}/jobs/${body['jobId']}/cancel`, {})
    },
  ]
  return {
    ledger,
    wrong,
    reads: () => reads,
    signIn: enter,
    // A server that is killed under a request answers nothing.
    act: () =>
      chance
        .pick(acts)()
        .then(() => undefined)
        .catch(() => undefined),
    things: async () => {
      const { rows } = await g.root.query<{ thing: string; value: string }>(
        `select format('name of workspace %s', id) as thing, name as value from workspaces
         union all select format('label of app %s', id), label from connections
         union all select format('key %s', name), 'live' from api_keys
         union all select format('end of key %s', id), 'revoked' from api_keys where revoked_at is not null`,
      )
      return new Map(rows.map(({ thing, value }) => [thing, value]))
    },
  }
}
