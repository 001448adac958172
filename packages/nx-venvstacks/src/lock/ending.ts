const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const duties = new Set<() => void>();

/**
 * Has something done if this process is interrupted, or exits: what it has started must not outlive it.
 *
 * @param duty at once, nothing is waited for
 * @returns to be called when there is nothing left to be done
 */
export function beforeTheEnd(duty: () => void): () => void {
  if (duties.size === 0) listen();
  duties.add(duty);
  return () => {
    if (duties.delete(duty) && duties.size === 0) stopListening();
  };
}

function listen(): void {
  // Before others, some of which end the process only where nobody else listens.
  for (const signal of SIGNALS) process.prependListener(signal, endBy);
  process.on('exit', doDuties);
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, endBy);
  process.off('exit', doDuties);
}

/** Ends as if nobody had listened, unless somebody else does: then it is for him to say. */
function endBy(signal: NodeJS.Signals): void {
  doDuties();
  stopListening();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function doDuties(): void {
  // The last first: what was started in a folder ends before that is removed.
  for (const duty of [...duties].reverse()) {
    duties.delete(duty);
    try {
      duty();
    } catch {
      // The others are done all the same; the next run finds what is left.
    }
  }
}
