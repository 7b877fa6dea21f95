// The chain of the activity log: every write is in it once, in the order of commits, whoever seals and whatever dies meanwhile; and every
// way to tamper with it that the owner of the database has is found (S-19), but for a whole older state whose head nobody kept.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startSealer } from '../jobs/seal-log.ts'
import { createLog } from '../lib/log.ts'
import type { Redacted } from '../model/redacted.ts'
import { loadVault } from '../vault/master-key.ts'
import { chainedByIds, chainHead, linkHash, NO_HASH, sealEvents, verifyChain } from './audit-chain.ts'
import type { ChainHead, Notary } from './audit-chain.ts'
import { read, write } from './db.ts'
import { testDb } from './testing/test-db.ts'

const t = await testDb()
const folder = mkdtempSync(join(tmpdir(), 'guestlist-chain-'))
afterAll(() => rmSync(folder, { recursive: true }))
const vault = await loadVault({ dataDir: folder })
const actor = { kind: 'system' as const, id: 'test', address: '192.0.2.7' }

const record = (workspace: string, n: number) =>
  write(t.db, { workspaceId: workspace, actor }, (_, audit) =>
    audit({
      action: 'test.do',
      subjectKind: 'thing',
      subjectId: String(n),
      data: { n, list: [1, { deep: 'x' }] },
    }),
  )
const verify = (workspace: string, given: { seq: number; hash: string } | null = null) =>
  read(t.db, workspace, (tx) => verifyChain(tx, vault, workspace, given))
const head = (workspace: string) => read(t.db, workspace, (tx) => chainHead(tx, workspace))

/** A workspace whose log holds this many sealed events. */
async function sealed(events: number): Promise<string> {
  const workspace = await t.makeWorkspace()
  for (let n = 1; n <= events; n++) await record(workspace, n)
  await sealEvents(t.db, vault, workspace)
  return workspace
}

describe('Sealing', () => {
  test('An empty log says that nothing is there; a full one is whole, and its head is the hash of all of it', async () => {
    const workspace = await sealed(5)
    const found = await verify(workspace)
    expect(found).toMatchObject({ ok: true, checked: 5, unsealed: 0, broken: null, given: null })
    const { rows } = await t.root.query<{ id: string }>(
      'select id::text from audit_events where workspace_id = $1',
      [workspace],
    )
    const events = await read(t.db, workspace, (tx) =>
      chainedByIds(
        tx,
        rows.map(({ id }) => id),
      ),
    )
    // Computed anew from what an export holds.
    let hash = NO_HASH
    for (const { seq, hash: told, ...event } of events.toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0))) {
      hash = linkHash(event, seq ?? 0, hash)
      expect(told).toBe(hash)
    }
    expect(found.head).toMatchObject({ seq: 5, hash })
  })

  test('Writers that overlap and several sealers at once: each event once, numbers without gaps, no write waits', async () => {
    const workspace = await t.makeWorkspace()
    const held = write(t.db, { workspaceId: workspace, actor }, async (tx, audit) => {
      await audit({ action: 'test.slow', subjectKind: 'thing', subjectId: 'slow' })
      for (let n = 0; n < 40; n++) {
        await Promise.all([
          record(workspace, n),
          sealEvents(t.db, vault, workspace),
          sealEvents(t.db, vault, workspace),
        ])
      }
      // What two sealers at once may have left over, so that the slow one is the only one that waits.
      await sealEvents(t.db, vault, workspace)
      return tx.isTransaction
    })
    expect(await held).toBe(true)
    await sealEvents(t.db, vault, workspace)
    const { rows } = await t.root.query<{ seq: string; action: string }>(
      'select c.seq, e.action from audit_chain c join audit_events e on e.id = c.event_id where c.workspace_id = $1 order by seq',
      [workspace],
    )
    expect(rows.map(({ seq }) => Number(seq))).toEqual(rows.map((_, n) => n + 1))
    expect(rows).toHaveLength(41)
    // The first to begin was the last to commit, and stands where it became true.
    expect(rows.at(-1)?.action).toBe('test.slow')
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: 41, unsealed: 0 })
  })

  test('A sealer that dies in the middle leaves nothing half done', async () => {
    const workspace = await sealed(3)
    for (let n = 0; n < 5; n++) await record(workspace, n)
    const dying: Notary = {
      keyVersion: vault.keyVersion,
      open: (sealedText, bound) => vault.open(sealedText, bound),
      seal: () => {
        throw new Error('killed')
      },
    }
    await expect(sealEvents(t.db, dying, workspace)).rejects.toThrow('killed')
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: 3, unsealed: 5 })
    await sealEvents(t.db, vault, workspace)
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: 8, unsealed: 0 })
  })

  test('A clock that jumps back or ahead breaks neither the order nor the chain', async () => {
    const workspace = await sealed(2)
    for (const days of [-3_650, 400, 0]) {
      await t.root.query(
        `with e as (insert into audit_events (workspace_id, at, actor_kind, actor_id, action, subject_kind, subject_id)
          values ($1, now() + make_interval(days => $2), 'system', 'x', 'test.jump', 'thing', $3) returning id)
        insert into audit_unsealed (event_id, workspace_id) select id, $1 from e`,
        [workspace, days, String(days)],
      )
      await sealEvents(t.db, vault, workspace)
    }
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: 5 })
    const { rows } = await t.root.query<{ subject_id: string }>(
      'select e.subject_id from audit_chain c join audit_events e on e.id = c.event_id where c.workspace_id = $1 order by seq',
      [workspace],
    )
    expect(rows.slice(2).map((row) => row.subject_id)).toEqual(['-3650', '400', '0'])
  })

  test('The loops of two processes seal what is written, each event once, and end when they are told to', async () => {
    const workspaces = [await t.makeWorkspace(), await t.makeWorkspace()]
    const log = createLog('silent')
    const ends = [startSealer({ db: t.db, vault, log }), startSealer({ db: t.db, vault, log })]
    for (let n = 0; n < 10; n++) await Promise.all(workspaces.map((workspace) => record(workspace, n)))
    for (const workspace of workspaces) {
      await expect.poll(async () => (await head(workspace)).seq, { timeout: 20_000 }).toBe(10)
      expect(await verify(workspace)).toMatchObject({ ok: true, checked: 10, unsealed: 0 })
    }
    await Promise.all(ends.map((end) => end()))
    await record(workspaces[0] ?? '', 11)
    expect((await head(workspaces[0] ?? '')).seq).toBe(10)
  })

  test('A broken chain is told once, not sealed on, and holds up no other workspace', async () => {
    const [bad, good] = [await sealed(3), await sealed(3)]
    await t.root.query('delete from audit_chain where workspace_id = $1 and seq = 3', [bad])
    await record(bad, 4)
    await record(good, 4)
    const lines: string[] = []
    const end = startSealer({ db: t.db, vault, log: createLog('debug', (line) => lines.push(line)) })
    await expect.poll(async () => (await head(good)).seq, { timeout: 20_000 }).toBe(4)
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1)
    await end()
    expect(lines[0]).toContain(bad)
    expect(await verify(bad)).toMatchObject({ ok: false, unsealed: 1 })
  })
})

const EVENTS = 9
interface Tamper {
  name: string
  /** As the owner of the database; `w` is the workspace, `x` another one with a sound log. */
  sql: (w: string, x: string) => string
  seq?: number
}
const event = (w: string, seq: number) =>
  `(select event_id from audit_chain where workspace_id = '${w}' and seq = ${String(seq)})`
const places = [1, 5, EVENTS]
const changes: [string, string][] = [
  ['its time', `at = at + interval '1 microsecond'`],
  ['who did it', `actor_id = 'somebody else'`],
  ['what kind of actor', `actor_kind = 'person'`],
  ['what was done', `action = 'test.other'`],
  ['what kind of thing', `subject_kind = 'other'`],
  ['to what', `subject_id = '99'`],
  ['the facts', `data = '{"n": 77}'`],
  ['from where', `address = null`],
]
const tampers: Tamper[] = [
  ...changes.flatMap(([name, set]) =>
    places.map((seq) => ({
      name: `edit ${name}, at ${String(seq)}`,
      sql: (w: string) => `update audit_events set ${set} where id = ${event(w, seq)}`,
      seq,
    })),
  ),
  ...places.map((seq) => ({
    name: `delete an event, at ${String(seq)}`,
    sql: (w: string) => `delete from audit_events where id = ${event(w, seq)}`,
    seq,
  })),
  ...places.map((seq) => ({
    name: `delete an event with its link, at ${String(seq)}`,
    sql: (w: string) =>
      `with e as (delete from audit_chain where workspace_id = '${w}' and seq = ${String(seq)} returning event_id) delete from audit_events where id in (select event_id from e)`,
    seq,
  })),
  ...[1, 5].map((seq) => ({
    name: `delete an event and close the gap, at ${String(seq)}`,
    sql: (w: string) => `delete from audit_events where id = ${event(w, seq)};
      delete from audit_chain where workspace_id = '${w}' and seq = ${String(seq)};
      update audit_chain set seq = seq + 1000 where workspace_id = '${w}' and seq > ${String(seq)};
      update audit_chain set seq = seq - 1001 where workspace_id = '${w}' and seq > 1000`,
    seq,
  })),
  ...[1, 4, EVENTS - 1].map((seq) => ({
    name: `swap two events' content, at ${String(seq)}`,
    sql: (
      w: string,
    ) => `with a as (select * from audit_events where id = ${event(w, seq)}), b as (select * from audit_events where id = ${event(w, seq + 1)})
      update audit_events e set subject_id = case when e.id = a.id then b.subject_id else a.subject_id end, data = case when e.id = a.id then b.data else a.data end
      from a, b where e.id in (a.id, b.id)`,
    seq,
  })),
  ...[2, 6].map((seq) => ({
    name: `swap two links' events, at ${String(seq)}`,
    sql: (
      w: string,
    ) => `create temp table swapped as select seq, event_id from audit_chain where workspace_id = '${w}' and seq in (${String(seq)}, ${String(seq + 1)});
      update audit_chain set event_id = -seq where workspace_id = '${w}' and seq in (${String(seq)}, ${String(seq + 1)});
      update audit_chain c set event_id = s.event_id from swapped s where c.workspace_id = '${w}' and c.seq in (${String(seq)}, ${String(seq + 1)}) and s.seq <> c.seq;
      drop table swapped`,
    seq,
  })),
  {
    name: 'insert an event without a link',
    sql: (w) =>
      `insert into audit_events (workspace_id, actor_kind, actor_id, action, subject_kind, subject_id) values ('${w}', 'system', 'x', 'test.do', 'thing', '1')`,
  },
  {
    name: 'insert an event with a made-up link at the end',
    sql: (
      w,
    ) => `with e as (insert into audit_events (workspace_id, actor_kind, actor_id, action, subject_kind, subject_id) values ('${w}', 'system', 'x', 'test.do', 'thing', '1') returning id)
      insert into audit_chain (workspace_id, seq, event_id, hash) select '${w}', ${String(EVENTS + 1)}, id, '\\x01' from e`,
  },
  {
    name: 'take an event of another workspace in',
    sql: (w, x) => `update audit_events set workspace_id = '${w}' where id = ${event(x, 2)}`,
  },
  {
    name: 'cut the newest links off, events and all',
    sql: (w) =>
      `with e as (delete from audit_chain where workspace_id = '${w}' and seq > 6 returning event_id) delete from audit_events where id in (select event_id from e)`,
  },
  {
    name: 'cut the end off and set the head back by hand',
    sql: (
      w,
    ) => `with e as (delete from audit_chain where workspace_id = '${w}' and seq > 6 returning event_id) delete from audit_events where id in (select event_id from e);
      update audit_heads set seq = 6, hash = (select hash from audit_chain where workspace_id = '${w}' and seq = 6) where workspace_id = '${w}'`,
  },
  {
    name: 'delete the whole log and chain',
    sql: (w) =>
      `delete from audit_events where workspace_id = '${w}'; delete from audit_chain where workspace_id = '${w}'`,
  },
  {
    name: 'delete everything, the head too',
    sql: (w) =>
      `delete from audit_events where workspace_id = '${w}'; delete from audit_chain where workspace_id = '${w}'; delete from audit_heads where workspace_id = '${w}'`,
  },
  { name: 'delete the head', sql: (w) => `delete from audit_heads where workspace_id = '${w}'` },
  {
    name: "change the head's time",
    sql: (w) => `update audit_heads set at = at + interval '1 hour' where workspace_id = '${w}'`,
  },
  {
    name: "change the head's seal",
    sql: (w) =>
      `update audit_heads set sealed = set_byte(sealed, length(sealed) - 1, 255 - get_byte(sealed, length(sealed) - 1)) where workspace_id = '${w}'`,
  },
  {
    name: "fork: put another workspace's head in",
    sql: (w, x) =>
      `update audit_heads h set seq = o.seq, hash = o.hash, at = o.at, sealed = o.sealed from audit_heads o where h.workspace_id = '${w}' and o.workspace_id = '${x}'`,
  },
  {
    name: 'mark a sealed event as waiting and drop its link',
    sql: (w) => `insert into audit_unsealed (event_id, workspace_id) values (${event(w, EVENTS)}, '${w}');
      delete from audit_chain where workspace_id = '${w}' and seq = ${String(EVENTS)}`,
  },
]

describe('Tampering by the owner of the database', () => {
  test('covers 40 ways or more', () => {
    expect(tampers.length).toBeGreaterThanOrEqual(40)
  })

  test.each(tampers)('$name', async ({ sql, seq }) => {
    const [workspace, other] = [await sealed(EVENTS), await sealed(3)]
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: EVENTS })
    const kept = await head(workspace)
    await t.root.query(sql(workspace, other))
    const found = await verify(workspace)
    expect(found).toMatchObject({ ok: false })
    expect(found.broken?.sentence).toMatch(/^[A-Z].*\.$/)
    if (seq !== undefined && found.broken?.seq != null) expect(found.broken.seq).toBeLessThanOrEqual(seq + 1)
    expect((await verify(workspace, kept)).ok).toBe(false)
  })

  test('A chain that is made anew without the master key is found', async () => {
    const workspace = await sealed(6)
    await t.root.query(`update audit_events set data = '{}' where workspace_id = $1`, [workspace])
    const forger: Notary = {
      keyVersion: vault.keyVersion,
      open: (text) => ({ reveal: () => text.toString() }) as unknown as Redacted,
      seal: (plain) => ({ sealed: Buffer.from(plain.reveal()), keyVersion: vault.keyVersion }),
    }
    await t.root.query(
      'insert into audit_unsealed (event_id, workspace_id) select event_id, workspace_id from audit_chain where workspace_id = $1',
      [workspace],
    )
    await t.root.query('delete from audit_chain where workspace_id = $1', [workspace])
    await t.root.query('delete from audit_heads where workspace_id = $1', [workspace])
    await sealEvents(t.db, forger, workspace)
    expect(await verify(workspace)).toMatchObject({
      ok: false,
      broken: { sentence: expect.stringContaining('not sealed by this installation') as string },
    })
  })
})

describe('A head that was kept elsewhere', () => {
  let workspace = ''
  let kept: ChainHead = { workspaceId: '', seq: 0, hash: '', at: '' }

  /** The whole log as it is now, head and all, to be put back later. */
  const state = async () => {
    const rows = async (table: string) =>
      (await t.root.query(`select * from ${table} where workspace_id = $1`, [workspace])).rows as unknown[]
    return {
      events: await rows('audit_events'),
      chain: await rows('audit_chain'),
      heads: await rows('audit_heads'),
    }
  }
  const restore = async (older: Awaited<ReturnType<typeof state>>) => {
    const ids = (older.events as { id: string }[]).map(({ id }) => id)
    await t.root.query('delete from audit_chain where workspace_id = $1 and event_id <> all($2::bigint[])', [
      workspace,
      ids,
    ])
    await t.root.query('delete from audit_unsealed where workspace_id = $1', [workspace])
    await t.root.query('delete from audit_events where workspace_id = $1 and id <> all($2::bigint[])', [
      workspace,
      ids,
    ])
    const [head] = older.heads as { seq: string; hash: Buffer; at: Date; sealed: Buffer }[]
    await t.root.query(
      'update audit_heads set seq = $2, hash = $3, at = $4, sealed = $5 where workspace_id = $1',
      [workspace, head?.seq, head?.hash, head?.at, head?.sealed],
    )
  }

  beforeEach(async () => {
    workspace = await sealed(4)
    kept = await head(workspace)
  })

  test('fits while the log goes on from it, in any spelling of its hash', async () => {
    for (let n = 0; n < 3; n++) await record(workspace, n)
    await sealEvents(t.db, vault, workspace)
    for (const hash of [kept.hash, kept.hash.toUpperCase()]) {
      expect(await verify(workspace, { seq: kept.seq, hash })).toMatchObject({
        ok: true,
        checked: 7,
        given: { ok: true },
      })
    }
    expect(await verify(workspace, { seq: 0, hash: NO_HASH })).toMatchObject({
      ok: true,
      given: { ok: true },
    })
  })

  test('finds an older state that was restored as a whole, which the chain alone cannot', async () => {
    const older = await state()
    for (let n = 0; n < 3; n++) await record(workspace, n)
    await sealEvents(t.db, vault, workspace)
    const newer = await head(workspace)
    await restore(older)
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: 4 })
    expect(await verify(workspace, newer)).toMatchObject({ ok: false, broken: null, given: { ok: false } })
    // Also where other events were written since.
    for (let n = 10; n < 15; n++) await record(workspace, n)
    await sealEvents(t.db, vault, workspace)
    expect(await verify(workspace)).toMatchObject({ ok: true, checked: 9 })
    expect(await verify(workspace, newer)).toMatchObject({ ok: false, given: { ok: false } })
    expect(await verify(workspace, kept)).toMatchObject({ ok: true })
  })

  test('does not fit with another number or hash, nor with another workspace', async () => {
    const other = await sealed(4)
    for (const given of [
      { seq: kept.seq, hash: 'f'.repeat(64) },
      { seq: kept.seq - 1, hash: kept.hash },
      { seq: 0, hash: kept.hash },
      { seq: 1_000_000, hash: kept.hash },
    ]) {
      expect(await verify(workspace, given), JSON.stringify(given)).toMatchObject({
        ok: false,
        given: { ok: false },
      })
    }
    expect(await verify(other, kept)).toMatchObject({ ok: false })
  })
})
