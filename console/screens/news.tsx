// What others did to the reader's account, told over every page until it is put away.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { putNewsAway } from '../actions-everywhere.ts'
import { Banner } from '../components/Banner.tsx'
import { Button } from '../components/Button.tsx'
import { Problem } from '../components/Problem.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { meQuery } from '../queries.ts'
import type { Me } from '../queries.ts'

export function News({ news }: { news: Me['news'] }) {
  const client = useQueryClient()
  const { queryKey } = meQuery()
  const putAway = useMutation({
    mutationFn: putNewsAway,
    onSuccess: (_, id) =>
      client.setQueryData(queryKey, (me) => me && { ...me, news: me.news.filter((one) => one.id !== id) }),
  })
  if (news.length === 0) return null
  return (
    <section aria-label="News about your account" className="mb-3 flex flex-col gap-2">
      {news.map((one) => (
        <Banner
          key={one.id}
          tone="wait"
          action={
            <Button
              size="s"
              busy={putAway.isPending && putAway.variables === one.id}
              onClick={() => putAway.mutate(one.id)}
            >
              Put away
            </Button>
          }
        >
          <bdi>{one.sentence}</bdi>{' '}
          <span className="text-sm text-muted">
            <RelativeTime at={one.at} />
          </span>
        </Banner>
      ))}
      {putAway.error !== null && <Problem sentence={putAway.error.message} />}
    </section>
  )
}
