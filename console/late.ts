// Scripts that come when they are wanted: a part of a page that the first load does without, and what is told where it does not come.
import { lazy } from 'react'
import type { ComponentType, LazyExoticComponent } from 'react'

/** The server is away, or has been renewed and no longer has the script of the page that was opened before. */
export class LoadFailure extends Error {
  constructor(cause: unknown) {
    super(
      'The server cannot be reached, or it has been renewed since this page was opened. Reload the page to go on.',
      { cause },
    )
    this.name = 'LoadFailure'
  }
}

/** A component that is drawn once its script is there; `preload` begins to load it. To be put into `Late`. */
export type LateComponent<Props> = LazyExoticComponent<ComponentType<Props>> & { preload: () => void }

export function late<Props>(load: () => Promise<ComponentType<Props>>): LateComponent<Props> {
  const component = lazy(async () => {
    try {
      return { default: await load() }
    } catch (cause) {
      throw new LoadFailure(cause)
    }
  })
  // What could not be loaded is told where it is wanted.
  return Object.assign(component, { preload: () => void load().catch(() => undefined) })
}

/**
 * For a script of a whole page. The router loads the present address anew, once, where a script is missing: right after the server was renewed,
 * but where there is no server it would leave the browser's own error in place of the console.
 */
export async function orFailure<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    const there = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null)
    throw there?.ok === true ? cause : new LoadFailure(cause)
  }
}
