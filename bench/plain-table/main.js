// The anchor of the console's lists: React with every row in the document, and one filter, as a table is written first.
import { createElement as h, useState } from 'react'
import { createRoot } from 'react-dom/client'

const columns = ['name', 'email', 'partner', 'assets', 'rank']

function Table({ rows }) {
  const [full, setFull] = useState(false)
  const shown = full ? rows.filter((row) => row.rank === 'full') : rows
  const box = h('input', { type: 'checkbox', checked: full, onChange: () => setFull(!full) })
  const line = (row) =>
    h(
      'tr',
      { key: row.id },
      columns.map((column) => h('td', { key: column }, row[column])),
    )
  return [
    h('label', { key: 'filter' }, box, 'Full control'),
    h('table', { key: 'table' }, h('tbody', null, shown.map(line))),
  ]
}

const answer = await fetch('/rows.json')
createRoot(document.getElementById('root')).render(h(Table, { rows: await answer.json() }))
