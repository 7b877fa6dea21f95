// The page of partners: who holds assets of this business, whose assets it holds, and each shared asset with its permissions.
import { allTasks } from '../tasks.ts'
import type { Asset } from '../world.ts'
import { assetOf, businessOf, partnersOf } from '../world.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { choice, dialog, endOf, field, opener, page, redirect, table } from './visit.ts'
import type { Answer, Visit } from './visit.ts'
import { kindWords, taskWord } from './words.ts'

const partners = '/settings/partners'

/** Assets that `owner` shares with `partner`, those among them that wait for an answer. */
function sharedAssets(visit: Visit, owner: string, partner: string): Asset[] {
  return [...businessOf(visit.sim.world, owner).owned.values()]
    .flatMap((ids) => [...ids])
    .map((id) => assetOf(visit.sim.world, id))
    .filter((asset) => asset.shares.has(partner))
}

const shareWord = (status = ''): string => (status === 'CONFIRMED' ? 'Active' : 'Waiting for approval')

export function showPartners(visit: Visit): Answer {
  const { t, to, sim, business, params } = visit
  const ids = partnersOf(sim.world, business.id)
  const chosen = ids.find((id) => id === params.get('partner'))
  const main = html`<div class="bar">
      <h1>${t('Partners')}</h1>
      ${opener(visit, 'Add', partners, { dialog: 'add' })}
    </div>
    ${chosen !== undefined && onePartner(visit, chosen)}
    ${table(
      visit,
      'Partners',
      'partners',
      [
        {
          word: 'Name',
          cell: (id) =>
            html`<a href="${to(partners, { partner: id })}">${businessOf(sim.world, id).name}</a>`,
        },
        { word: 'ID', cell: (id) => id },
        { word: 'Assets you share', cell: (id) => sharedAssets(visit, business.id, id).length },
        { word: 'Assets shared with you', cell: (id) => sharedAssets(visit, id, business.id).length },
      ],
      ids,
    )}`
  return page(t('Partners'), main, params.get('dialog') === 'add' ? addDialog(visit) : undefined)
}

function assetTable(visit: Visit, word: string, name: string, owner: string, partner: string): Html {
  const { t, to, business } = visit
  return table(
    visit,
    word,
    name,
    [
      { word: 'Asset', cell: (asset: Asset) => asset.name },
      { word: 'ID', cell: (asset: Asset) => asset.id },
      { word: 'Type', cell: (asset: Asset) => t(kindWords[asset.kind]) },
      {
        word: 'Permissions',
        cell: (asset: Asset) =>
          (asset.shares.get(partner)?.tasks ?? []).map((task) => t(taskWord(task))).join(', '),
      },
      { word: 'Status', cell: (asset: Asset) => t(shareWord(asset.shares.get(partner)?.status)) },
      ...(owner === business.id
        ? [
            {
              word: 'Actions',
              cell: (asset: Asset) =>
                html`<form method="post" action="${to(`${partners}/unshare`)}">
                  <input type="hidden" name="asset" value="${asset.id}" />
                  <input type="hidden" name="partner" value="${partner}" />
                  <button aria-label="${t('Remove access')} ${asset.name}">${t('Remove access')}</button>
                </form>`,
            },
          ]
        : []),
    ],
    sharedAssets(visit, owner, partner),
  )
}

function onePartner(visit: Visit, id: string): Html {
  const { t, to, sim, business } = visit
  return html`<div class="card">
    <h2>${businessOf(sim.world, id).name}</h2>
    <p class="muted">ID: ${id}</p>
    <form method="post" action="${to(`${partners}/remove`)}">
      <input type="hidden" name="partner" value="${id}" /><button>${t('Remove partner')}</button>
    </form>
    ${assetTable(visit, 'Assets you share', 'out', business.id, id)}
    ${assetTable(visit, 'Assets shared with you', 'in', id, business.id)}
  </div>`
}

function addDialog(visit: Visit): Html {
  const { sim, business, t } = visit
  const owned = [...business.owned.values()]
    .flatMap((ids) => [...ids])
    .map((id) => assetOf(sim.world, id))
    .filter((asset) => asset.kind !== 'app')
  return dialog(
    visit,
    'Give a partner access to your assets',
    html`<form method="post" action="${visit.to(`${partners}/share`)}">
      ${field(visit, 'Partner business ID', 'partner')}
      ${choice(
        visit,
        'Asset',
        'asset',
        owned.map((asset) => [asset.id, `${t(kindWords[asset.kind])}: ${asset.name}`] as const),
      )}
      ${choice(visit, 'Permissions', 'level', [
        ['view', t('View performance')],
        ['full', t('Full control')],
      ])}
      ${endOf(visit, 'Give access', visit.to(partners))}
    </form>`,
  )
}

export function changePartners(visit: Visit, action: string): Answer | null {
  const { sim, state, business, params, to } = visit
  const partner = (params.get('partner') ?? '').trim()
  const asset = sim.world.assets.get(params.get('asset') ?? '')
  const ours = asset?.owner === business.id
  const back = (note: string, outcome: 'done' | 'refused' = 'done'): Answer => {
    state.presses.push({ action: `partners/${action}`, subject: partner, outcome })
    return redirect(to(partners, outcome === 'done' && action !== 'remove' ? { partner, note } : { note }))
  }
  if (!sim.world.businesses.has(partner) || partner === business.id) return back('partner-unknown', 'refused')
  switch (action) {
    case 'share': {
      if (!asset || !ours) return null
      const all = allTasks[asset.kind]
      const viewing = all.filter((task) => /^(ANALYZE|VIEW_)/.test(task))
      const tasks = params.get('level') === 'full' || viewing.length === 0 ? [...all] : viewing
      sim.change({ op: 'share', asset: asset.id, partner, tasks })
      return back('added')
    }
    case 'unshare':
      if (!asset || !ours) return null
      sim.change({ op: 'unshare', asset: asset.id, partner })
      return back('removed')
    case 'remove':
      sim.change({ op: 'end-partnership', owner: business.id, partner })
      sim.change({ op: 'end-partnership', owner: partner, partner: business.id })
      return back('removed')
    default:
      return null
  }
}
