// The fields that a connector declares, drawn as it declares them, and the check of what was typed before it is sent.
import type { FieldSpec } from '../../src/model/manifest.ts'
import { SecretField, TextField } from './TextField.tsx'

export type Values = Readonly<Record<string, string>>

export interface SpecFieldsProps {
  specs: readonly FieldSpec[]
  values: Values
  errors: Values
  onChange: (name: string, value: string) => void
  /** An empty field keeps what is there, as when a credential is replaced. */
  keep?: boolean
}

export function SpecFields({ specs, values, errors, onChange, keep = false }: SpecFieldsProps) {
  return specs.map((spec) => {
    const Shape = spec.secret ? SecretField : TextField
    return (
      <Shape
        key={spec.name}
        label={spec.label}
        hint={spec.hint}
        name={spec.name}
        autoComplete="off"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        mono
        optional={!spec.required && !keep}
        placeholder={spec.default ?? undefined}
        value={values[spec.name] ?? ''}
        error={errors[spec.name]}
        onChange={(value) => onChange(spec.name, value)}
      />
    )
  })
}

/** What was typed without what surrounds it by accident; empty fields are left out. */
export function typed(specs: readonly FieldSpec[], values: Values): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const spec of specs) {
    const value = (values[spec.name] ?? '').trim()
    if (value !== '') kept[spec.name] = value
  }
  return kept
}

/** Field name → sentence, for what is missing or does not fit. */
export function mistakes(specs: readonly FieldSpec[], values: Values): Record<string, string> {
  const found: Record<string, string> = {}
  const present = typed(specs, values)
  for (const spec of specs) {
    const value = present[spec.name]
    if (value === undefined) {
      if (spec.required) found[spec.name] = `Fill in: ${spec.label}.`
    } else if (spec.pattern !== null && !new RegExp(spec.pattern.source).test(value)) {
      found[spec.name] = spec.pattern.sentence
    }
  }
  return found
}
