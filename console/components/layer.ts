// Where menus, lists and hints are drawn: a place inside the page's main landmark, so that what opens stays a part of it.

/** For the `container` of a portal; `undefined` is the body, where no frame is on the screen. */
export function layer(): HTMLElement | undefined {
  return document.getElementById('layer') ?? undefined
}
