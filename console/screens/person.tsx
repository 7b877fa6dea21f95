// One person as a page of its own: what the drawer shows, with an address to send around.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { ErrorState } from '../components/ErrorState.tsx'
import { Initials, Name } from '../components/PersonCell.tsx'
import { usePlace } from '../place.ts'
import { principalQuery } from '../queries-beside.ts'
import { namelessOf } from './person-columns.tsx'
import { PersonBones, PersonDetails, PersonHint } from './person-details.tsx'

const tabOf = { person: 'own', system_user: 'system_users', invitation: 'invitations' } as const

export function PersonScreen() {
  const { workspace, connection } = usePlace()
  const { principal = '' } = useParams({ strict: false })
  const navigate = useNavigate()
  const { data: person, error, refetch } = useQuery(principalQuery(workspace, principal))
  const tab =
    person === undefined
      ? undefined
      : person.kind === 'person' && person.partnerId !== null
        ? 'guests'
        : tabOf[person.kind]
  return (
    <div className="max-w-3xl">
      <Link
        to="/w/$workspace/apps/$connection/members"
        params={{ workspace, connection }}
        search={tab === undefined ? {} : { tab }}
        className="mb-4 inline-flex items-center gap-1.5 rounded-sm text-muted hover:text-text"
      >
        <ArrowLeft aria-hidden className="size-4" />
        User overview
      </Link>
      {person !== undefined ? (
        <>
          <header className="mb-6 flex items-start gap-3">
            <Initials name={person.name} kind={person.kind} size="lg" />
            <div className="min-w-0">
              <h2 className="text-lg font-semibold wrap-anywhere">
                <Name none={namelessOf(person)}>{person.name}</Name>
              </h2>
              <div className="text-sm text-muted">
                <PersonHint person={person} />
              </div>
            </div>
          </header>
          <PersonDetails
            workspace={workspace}
            person={person}
            onErased={() =>
              void navigate({
                to: '/w/$workspace/apps/$connection/members',
                params: { workspace, connection },
                search: tab === undefined ? {} : { tab },
              })
            }
          />
        </>
      ) : error !== null ? (
        <ErrorState title="The person could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : (
        <PersonBones />
      )}
    </div>
  )
}
