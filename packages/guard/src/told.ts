/**
 * Whoever is told of something (a log) has no say in it: what it throws is dropped, and what it
 * rejects with as well. Else a log that is down would leave requests without an answer, or end the
 * process.
 */
export function told<What>(tell: ((what: What) => unknown) | undefined): (what: What) => void {
  return (what) => {
    const telling = async () => tell?.(what);
    telling().catch(() => {});
  };
}
