/**
 * Makes a listener (a log) harmless: its errors and rejections are ignored. Otherwise a failing log
 * would leave requests without an answer, or end the process.
 */
export function safeListener<What>(
  tell: ((what: What) => unknown) | undefined,
): (what: What) => void {
  return (what) => {
    const telling = async () => tell?.(what);
    telling().catch(() => {});
  };
}
