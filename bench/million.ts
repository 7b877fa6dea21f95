// A workspace with a million grants, written straight into the tables: a brand with 2,000 assets, 5,000 people of its own and 200 partners with
// 500 people each, 300 of the assets shared with each partner.
import type pg from 'pg'

export interface Million {
  connectionId: string
  /** A few of each, spread over all. */
  resources: string[]
  principals: string[]
  partners: string[]
}

/** Fills the workspace. The role must be the superuser: keys are not looked up, and nothing is told to anybody. */
export async function fill(root: pg.Pool, workspaceId: string): Promise<Million> {
  const client = await root.connect()
  try {
    await client.query(`set session_replication_role = replica`)
    const connection = await client.query<{ id: string }>(
      `insert into connections (id, workspace_id, connector, label, external_id, settings, schedule, read_at, last_checked_at)
       values (gen_random_uuid(), $1, 'meta', 'The brand', '1000', '{}', 'off', now(), now()) returning id`,
      [workspaceId],
    )
    const connectionId = connection.rows[0]?.id ?? ''
    const seen = `now() - interval '3 days', now() - interval '3 days'`
    const of = `'${workspaceId}'::uuid, '${connectionId}'::uuid`
    await client.query(`insert into partners (id, workspace_id, connection_id, external_id, name, is_agency, status, read_at, people_confirmed_at, first_seen_at, last_confirmed_at)
      select gen_random_uuid(), ${of}, (200000 + n)::text, 'Agency ' || n, true, 'onboarded', now(), now(), ${seen} from generate_series(1, 200) n`)
    await client.query(`insert into resources (workspace_id, connection_id, type, external_id, name, relation, scope, first_seen_at, last_confirmed_at)
      select ${of}, (array['ad_account', 'page', 'pixel', 'product_catalog', 'instagram_asset'])[1 + n % 5], (300000 + n)::text, 'Asset ' || n,
        'owned', '1000/owned', ${seen} from generate_series(1, 2000) n`)
    await client.query(`insert into principals (workspace_id, connection_id, external_id, kind, partner_id, business, name, email, role, source, scope, first_seen_at, last_confirmed_at)
      select ${of}, (400000 + n)::text, 'person', null, '1000', 'Person ' || md5(n::text), 'person' || n || '@brand.example',
        'EMPLOYEE', 'list', '1000/business_users', ${seen} from generate_series(1, 5000) n`)
    await client.query(`insert into principals (workspace_id, connection_id, external_id, kind, partner_id, business, name, email, role, source, scope, first_seen_at, last_confirmed_at)
      select ${of}, p.external_id || '9' || n, 'person', p.id, p.external_id, 'Guest ' || md5(p.external_id || n), 'guest' || n || '@' || p.external_id || '.example',
        'EMPLOYEE', 'list', p.external_id || '/business_users', ${seen} from partners p, generate_series(1, 500) n where p.connection_id = '${connectionId}'`)
    await client.query(
      `create temp table asset as select id, row_number() over (order by external_id) as n from resources where connection_id = '${connectionId}'`,
    )
    await client.query(
      `create temp table agency as select id, external_id, row_number() over (order by external_id) as n from partners where connection_id = '${connectionId}'`,
    )
    await client.query(
      `create temp table person as select id, row_number() over (order by external_id) as n from principals where connection_id = '${connectionId}' and partner_id is null`,
    )
    await client.query(`create temp table guest as select id, partner_id, row_number() over (partition by partner_id order by external_id) as n
      from principals where connection_id = '${connectionId}' and partner_id is not null`)
    await client.query(`insert into shares (workspace_id, connection_id, partner_id, resource_id, direction, entitlements, rank, status, scope, first_seen_at, last_confirmed_at)
      select ${of}, agency.id, asset.id, 'out', '{ANALYZE,MANAGE}', 'full', 'CONFIRMED', '1000/agencies', ${seen}
      from agency, generate_series(0, 299) k join asset on true where asset.n = 1 + (agency.n * 10 + k) % 2000`)
    // 200 of our own on each asset, and ten of a partner's on each that is shared with it.
    const words = `(array['{ANALYZE}', '{ADVERTISE,ANALYZE}', '{ADVERTISE,ANALYZE,MANAGE}'])[1 + k % 3]::text[], (array['view', 'edit', 'full'])[1 + k % 3]`
    await client.query(`insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, entitlements, rank, scope, first_seen_at, last_confirmed_at)
      select ${of}, person.id, asset.id, null, 'direct', ${words}, '1000/assigned/' || asset.n, ${seen}
      from asset, generate_series(0, 199) k join person on true where person.n = 1 + (asset.n * 37 + k * 23) % 5000`)
    await client.query(`insert into grants (workspace_id, connection_id, principal_id, resource_id, partner_id, how, entitlements, rank, scope, first_seen_at, last_confirmed_at)
      select ${of}, guest.id, asset.id, agency.id, 'direct', ${words}, agency.external_id || '/assigned/' || asset.n, ${seen}
      from agency join generate_series(0, 299) a on true join asset on asset.n = 1 + (agency.n * 10 + a) % 2000
        join generate_series(0, 9) k on true join guest on guest.partner_id = agency.id and guest.n = 1 + (a * 7 + k * 41) % 500`)
    await client.query(`update principals p set held_assets = s.assets, held_rank = s.rank, held_how = '{direct}', held_types = s.types
      from (select g.principal_id, count(*)::int as assets, min(case g.rank when 'full' then 1 when 'edit' then 2 else 3 end) as rank,
        array_agg(distinct r.type) as types from grants g join resources r on r.id = g.resource_id group by 1) s where s.principal_id = p.id`)
    await client.query(`update resources r set touched_people = s.people, touched_partners = 30
      from (select resource_id, count(*)::int as people from grants group by 1) s where s.resource_id = r.id`)
    await client.query('set session_replication_role = origin')
    for (const table of ['partners', 'resources', 'principals', 'shares', 'grants'])
      await client.query(`vacuum (analyze) ${table}`)
    const some = async (query: string) => (await client.query<{ id: string }>(query)).rows.map(({ id }) => id)
    return {
      connectionId,
      resources: await some('select id from asset where n % 20 = 0'),
      principals: await some(
        '(select id from person where n % 50 = 0) union all (select id from guest where n = 250)',
      ),
      partners: await some('select id from agency'),
    }
  } finally {
    client.release()
  }
}
