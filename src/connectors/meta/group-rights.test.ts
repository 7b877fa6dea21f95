// What lists of groups do not tell of their members: a field that every row lacks, as long as Meta is not known to leave out what is empty.
import { expect, it } from 'vitest'
import type { MemoryRows } from '../registry.ts'
import { contextFor } from '../testing/drive.ts'
import type { JsonObject } from './answer.ts'
import { untoldOfMembers } from './group-rights.ts'

const contextWith = (memory: MemoryRows) =>
  contextFor({ address: '', appId: '1', appSecret: 's' }, 'EAAx', { kind: 'own', business: '2' }, { memory })

function untold(members: JsonObject[], memory: MemoryRows = new Map()): string[] | undefined {
  const lists = [{ group: '9', edge: 'assigned_users', rows: members }]
  return untoldOfMembers(contextWith(memory), lists, 'group')?.types
}

const ads = { adaccount_tasks: ['ADVERTISE'], pixel_tasks: ['EDIT'] }
const page = { page_tasks: ['MODERATE'], pixel_tasks: [] }
const none = { adaccount_tasks: [], page_tasks: null, pixel_tasks: [] }

it.each<[string, JsonObject[], string[] | undefined]>([
  ['nobody is a member', [], undefined],
  [
    'everybody has rights of every kind',
    [
      { ...ads, ...page },
      { ...page, ...ads },
    ],
    undefined,
  ],
  ['somebody is told to have none', [{ ...ads, ...none }], undefined],
  ['no row tells rights on ad accounts', [page, page], ['ad_account', 'group']],
  ['one list is for all kinds', [{ tasks: ['MANAGE'] }, { tasks: [] }], undefined],
])('where %s', (_, members, expected) => {
  expect(untold(members)).toEqual(expected)
})

it('what is empty is left out of some rows: then it may be left out of all', () => {
  const memory: MemoryRows = new Map()
  expect(untold([{ ...ads, ...page }, page], memory)).toBe(undefined)
  expect(untold([page, page], memory)).toBe(undefined)
})

it('a member of whom no right is told at all is no answer', () => {
  expect(() => untold([{ ...ads, ...page }, { id: '4' }])).toThrow(/no rights/)
})
