import { expect, test } from 'vitest'
import { judgedState } from './credential.ts'
import type { Claim, ClaimState, CredentialState, Verdict } from './credential.ts'

const now = new Date('2026-01-01T00:00:00Z')
const claim = (id: string, state: ClaimState): Claim => ({
  id,
  label: id,
  state,
  sentence: `${id} is ${state}`,
  fix: '',
})
const verdict = (outcome: Verdict['outcome'], claims: Claim[], expiresAt: string | null = null): Verdict => ({
  claims,
  outcome,
  expiresAt,
  scopes: [],
  business: null,
  actsAs: null,
})
const before = (state: CredentialState, confirmed: string[] | null = null) => ({
  state,
  reason: 'as before',
  confirmed,
})

test('a good judgement mends whatever was', () => {
  for (const state of ['checking', 'good', 'attention', 'dead'] as const) {
    expect(judgedState(verdict('ok', [claim('format', 'proven')]), before(state), now)).toEqual({
      state: 'good',
      reason: null,
    })
  }
})

test('a refusal says whether the token is dead or lacks something', () => {
  const dead = judgedState(verdict('refused', [claim('format', 'refuted')]), before('good'), now)
  expect(dead).toEqual({ state: 'dead', reason: 'format is refuted' })
  const lacking = judgedState(
    verdict('refused', [claim('format', 'proven'), claim('shared', 'refuted')]),
    before('good'),
    now,
  )
  expect(lacking).toEqual({ state: 'attention', reason: 'shared is refuted' })
  const ended = judgedState(
    verdict('refused', [claim('app', 'refuted')], '2025-12-31T23:59:59Z'),
    before('good'),
    now,
  )
  expect(ended.state).toBe('dead')
})

test('what cannot be told keeps a judged token as it is, and needs a confirmation for a new one', () => {
  const unknown = verdict('confirm', [claim('business', 'unknown')])
  for (const state of ['good', 'attention', 'dead'] as const) {
    expect(judgedState(unknown, before(state), now)).toEqual({ state, reason: 'as before' })
  }
  expect(judgedState(unknown, before('checking', ['business']), now).state).toBe('good')
  expect(judgedState(unknown, before('checking'), now)).toEqual({
    state: 'attention',
    reason: 'business is unknown',
  })
})

test('a token that was refused is good again where nothing but what was confirmed cannot be told', () => {
  const unknown = verdict('confirm', [claim('business', 'unknown'), claim('format', 'proven')])
  for (const state of ['attention', 'dead'] as const) {
    const good = { state: 'good', reason: null }
    expect(judgedState(unknown, before(state, ['system_user', 'business']), now)).toEqual(good)
    const kept = { state, reason: 'as before' }
    expect(judgedState(unknown, before(state, ['system_user']), now)).toEqual(kept)
  }
})

test('a provider that cannot be asked changes nothing', () => {
  for (const state of ['checking', 'good', 'attention', 'dead'] as const) {
    expect(judgedState(verdict('later', []), before(state), now)).toEqual({ state, reason: 'as before' })
  }
})
