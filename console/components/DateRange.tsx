// From a day to a day, both optional, in the browser's own date fields.

export function DateRange(props: {
  from: string | undefined
  to: string | undefined
  onChange: (range: { from: string | undefined; to: string | undefined }) => void
}) {
  const { from, to } = props
  const look =
    'h-8 w-34 rounded-md border border-control bg-surface px-2 focus:outline-2 focus:-outline-offset-1 focus:outline-focus pointer-coarse:h-10'
  const read = (value: string) => (value === '' ? undefined : value)
  return (
    <div role="group" aria-label="Between two days" className="flex items-center gap-1.5 text-muted">
      <label className="flex items-center gap-1.5">
        <span>From</span>
        <input
          type="date"
          value={from ?? ''}
          max={to}
          onChange={(event) => props.onChange({ from: read(event.target.value), to })}
          className={look}
        />
      </label>
      <label className="flex items-center gap-1.5">
        <span>to</span>
        <input
          type="date"
          value={to ?? ''}
          min={from}
          onChange={(event) => props.onChange({ from, to: read(event.target.value) })}
          className={look}
        />
      </label>
    </div>
  )
}
