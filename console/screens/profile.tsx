// What a person sets for themselves, wherever they are a member: name, language of dates, time zone, looks.
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { densities, themes, useSingleKeys } from '../appearance.ts'
import { ApiError } from '../client.ts'
import { Button } from '../components/Button.tsx'
import { Checkbox } from '../components/Checkbox.tsx'
import { Problem } from '../components/Problem.tsx'
import { Select } from '../components/Select.tsx'
import { Facts, SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { TextField } from '../components/TextField.tsx'
import { toast } from '../components/Toast.tsx'
import { setPreference } from '../preferences.ts'
import { meQuery } from '../queries.ts'
import type { Me } from '../queries.ts'
import { useChangeSettings } from '../settings.ts'
import { moment } from '../words.ts'
import { roleWords } from './role-words.ts'

export function ProfileScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/settings' })
  const { data: me } = useQuery(meQuery())
  if (me === undefined) {
    return (
      <Skeleton label="Loading your settings" className="pt-7">
        <Bone className="h-40" />
      </Skeleton>
    )
  }
  const here = me.workspaces.find((one) => one.id === workspace)
  return (
    <>
      <SettingsSection title="You" text="Your name stands beside everything that you do here.">
        <NameForm settings={me.settings} />
        <div className="mt-5">
          <Facts
            facts={[
              ['E-mail', <bdi>{me.user.email}</bdi>],
              ['Workspace', <bdi>{here?.name}</bdi>],
              ['Your role', here === undefined ? '' : roleWords[here.role].label],
            ]}
          />
        </div>
      </SettingsSection>
      <DatesSection settings={me.settings} />
      <AppearanceSection settings={me.settings} />
    </>
  )
}

interface Part {
  settings: Me['settings']
}

function NameForm({ settings }: Part) {
  const [name, setName] = useState(settings.name)
  const change = useChangeSettings(() => toast({ title: 'Your name is saved' }))
  const wanted = name.trim()
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (wanted !== '' && !change.isPending) change.mutate({ name: wanted })
      }}
    >
      <TextField
        label="Your name"
        autoComplete="name"
        required
        maxLength={200}
        value={name}
        onChange={setName}
        error={change.error instanceof ApiError ? change.error.fields.name : null}
      />
      {change.error !== null && <Problem sentence={change.error.message} />}
      <Button
        type="submit"
        className="self-start"
        busy={change.isPending}
        disabled={wanted === '' || wanted === settings.name}
      >
        Save name
      </Button>
    </form>
  )
}

const languages = [
  'en-GB',
  'en-US',
  'cs-CZ',
  'da-DK',
  'de-AT',
  'de-CH',
  'de-DE',
  'es-ES',
  'fi-FI',
  'fr-CA',
  'fr-FR',
  'hi-IN',
  'hu-HU',
  'it-IT',
  'ja-JP',
  'ko-KR',
  'nb-NO',
  'nl-NL',
  'pl-PL',
  'pt-BR',
  'pt-PT',
  'ro-RO',
  'sv-SE',
  'tr-TR',
  'uk-UA',
  'zh-CN',
]
const names = new Intl.DisplayNames('en', { type: 'language' })

function DatesSection({ settings }: Part) {
  const change = useChangeSettings()
  const { locale, timeZone } = settings
  const own = Intl.DateTimeFormat().resolvedOptions()
  const locales = locale === null || languages.includes(locale) ? languages : [locale, ...languages]
  const zones = Intl.supportedValuesOf('timeZone')
  return (
    <SettingsSection title="Dates and times" text="How dates, times and numbers are written for you.">
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Select
            label="Language of dates"
            value={locale ?? 'browser'}
            options={[
              { value: 'browser', label: `As the browser (${own.locale})` },
              ...locales.map((value) => ({ value, label: names.of(value) ?? value })),
            ]}
            onChange={(value) => change.mutate({ locale: value === 'browser' ? null : value })}
          />
          <Select
            label="Time zone"
            value={timeZone ?? 'browser'}
            options={[
              { value: 'browser', label: `As the browser (${own.timeZone})` },
              ...(timeZone === null || zones.includes(timeZone) ? zones : [timeZone, ...zones]).map(
                (value) => ({ value, label: value.replaceAll('_', ' ') }),
              ),
            ]}
            onChange={(value) => change.mutate({ timeZone: value === 'browser' ? null : value })}
          />
        </div>
        <Today />
        {change.error !== null && <Problem sentence={change.error.message} />}
      </div>
    </SettingsSection>
  )
}

/** What the choice makes of the present moment. */
function Today() {
  const [now] = useState(() => new Date().toISOString())
  return <p className="text-sm text-muted">Now is written: {moment(now)}</p>
}

function AppearanceSection({ settings }: Part) {
  const change = useChangeSettings()
  return (
    <SettingsSection title="Appearance" text="Goes with you to every browser that you sign in with.">
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Select
            label="Theme"
            value={settings.theme}
            options={themes}
            onChange={(theme) => change.mutate({ theme })}
          />
          <Select
            label="Density of lists"
            value={settings.density}
            options={densities}
            onChange={(density) => change.mutate({ density })}
          />
        </div>
        {change.error !== null && <Problem sentence={change.error.message} />}
        <Checkbox
          checked={useSingleKeys()}
          onChange={(on) => setPreference('keys', on ? 'on' : 'off')}
          label="Single-key shortcuts in this browser"
          hint="Such as / to search. Switch them off if they get in the way of speech input."
        />
      </div>
    </SettingsSection>
  )
}
