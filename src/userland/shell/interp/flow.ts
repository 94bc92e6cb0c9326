import type { Sim, Wait } from '#sim/wait.ts'

/** Unwinding of the interpreter. Plain objects: nobody looks at their stack. */
export class BreakFlow {
  levels: number
  readonly kind: 'break' | 'continue'
  /** What the loop ends with. */
  readonly status: number
  constructor(kind: 'break' | 'continue', levels: number, status = 0) {
    this.kind = kind
    this.status = status
    this.levels = levels
  }
}

export class ReturnFlow {
  readonly status: number
  constructor(status: number) {
    this.status = status
  }
}

/** Ends this shell (after its EXIT trap). */
export class ExitFlow {
  readonly status: number
  constructor(status: number) {
    this.status = status
  }
}

/** Drops the rest of the present line, as bash does after an expansion error (`DISCARD`). The message has been printed. */
export class DiscardFlow {
  readonly status: number
  constructor(status = 1) {
    this.status = status
  }
}

/** An expansion failed: `message` is still to be printed. `fatal`: a non-interactive shell ends (`${x:?}`, `set -u`). */
export class ExpansionError extends Error {
  readonly fatal: boolean
  readonly status: number
  constructor(message: string, fatal = false, status = 1) {
    super(message)
    this.fatal = fatal
    this.status = status
  }
}

/** `${…}` that is none: the message shows the text it stands in, up to the quotes or the operator around it. */
export class BadSubstitution extends ExpansionError {
  #told = false

  constructor(raw: string, fatal = false) {
    super(`${raw}: bad substitution`, fatal)
  }

  /** Called from the innermost text outwards. */
  within(raw: string): void {
    if (!this.#told) this.message = `${raw}: bad substitution`
    this.#told = true
  }
}

/** A builtin was used wrongly in a way that ends the command with `status`; the message has been printed. */
export class StatusFlow {
  readonly status: number
  constructor(status: number) {
    this.status = status
  }
}

/** ^C at an interactive shell: back to the prompt, status 130. */
export class InterruptFlow {
  readonly status = 130
}

/** A call that gets a stack of its own: see {@link drive}. */
export class Call {
  readonly body: Run<unknown>
  constructor(body: Run<unknown>) {
    this.body = body
  }
}

/** A step of the interpreter: waits like a `Sim`, and may call deeply by yielding a {@link Call}. */
export type Run<T> = Generator<Wait | Call, T, unknown>

/** Runs `body` on a stack of its own, so that scripts recurse deeper than the host's generators could. */
export function* call<T>(body: Run<T>): Run<T> {
  return (yield new Call(body)) as T
}

/** Turns a run into a coroutine of the simulation: keeps the stack of calls. */
export function* drive<T>(root: Run<T>): Sim<T> {
  const stack: Run<unknown>[] = [root]
  let value: unknown
  let error: unknown
  let failed = false
  try {
    for (;;) {
      const top = stack.at(-1) as Run<unknown>
      let step: IteratorResult<Wait | Call, unknown>
      try {
        step = failed ? top.throw(error) : top.next(value)
        failed = false
      } catch (thrown) {
        stack.pop()
        if (stack.length === 0) throw thrown
        failed = true
        error = thrown
        continue
      }
      if (step.done) {
        stack.pop()
        value = step.value
        if (stack.length === 0) return value as T
      } else if (step.value instanceof Call) {
        stack.push(step.value.body)
        value = undefined
      } else {
        try {
          value = yield step.value
        } catch (thrown) {
          failed = true
          error = thrown
        }
      }
    }
  } finally {
    while (stack.length > 0) stack.pop()?.return(undefined)
  }
}
