/**
 * The layout of the control words: one small SharedArrayBuffer, which the owner creates before it starts the watcher.
 *
 *     byte    0  Int32   MAGIC           identifies this memory
 *             4  Int32   VERSION         layout version of all shared memory of a store
 *             8  Int32   STATE           one of WatcherState; the thread that moves it reports the move
 *            12  Int32   REQUESTED       the last ticket that was drawn; wraps
 *            16  Int32   SERVED          the last ticket that a finished poll has answered; wraps
 *            20  Int32   SIGNAL          what all threads wait on; bumped when the status is written, a poll
 *                                        is answered or the watcher ends
 *            24  Int32   POLLS           finished polls; wraps
 *            28  Int32   POLLING         1 while a poll runs
 *            32  Int32   POLL_INTERVAL   milliseconds; 0 if the watcher polls only on request
 *            36  Int32   REASON_BYTES    length of the string at REASON; 0 until it is written
 *            40  Int32   READING_BYTES   length of the string at READING
 *            44  Int32   REJECTED        rejected reloads; wraps
 *            48  Int32   DESCRIBED       the last generation whose status is written too
 *            52  Int32   BUSY            milliseconds that the running poll has taken, as of the last heartbeat
 *            56  Int32   SHARED          1 once a thread other than the owner has opened the store
 *            60  Int32   WATCHER         the watcher's thread: the kernel's number of it; 0 if it is not known
 *            64  Int32   WATCHER_START   when the kernel started that thread
 *            68  Int32   OWNER           the owner's thread, like WATCHER
 *            72  Int32   OWNER_START     like WATCHER_START
 *            76  Int32   SEAL            binds the control words to the rest of the handle; written once, by the owner
 *            80  Int64   HEARTBEAT       nanoseconds of the monotonic clock: the start, the last step or the end of a
 *                                        poll; threads can wait on it
 *            88  Int64   POLLED_AT       milliseconds since 1970: the last poll's end
 *            96  Int64   HEARTBEAT_AT    milliseconds since 1970: the same moment as HEARTBEAT
 *           104  Int32   ACCEPTANCES     requests that accept values that are suspicious; wraps
 *           112  bytes   REASON          why the watcher ended, UTF-8; written once, by the thread that moved STATE
 *          1136  bytes   READING         the file that the watcher reads, UTF-8; only the watcher writes it
 */

/** Index of an Int32. */
export const MAGIC = 0;
/** Index of an Int32. */
export const VERSION = 1;
/** Index of an Int32. */
export const STATE = 2;
/** Index of an Int32. */
export const REQUESTED = 3;
/** Index of an Int32. */
export const SERVED = 4;
/** Index of an Int32. */
export const SIGNAL = 5;
/** Index of an Int32. */
export const POLLS = 6;
/** Index of an Int32. */
export const POLLING = 7;
/** Index of an Int32. */
export const POLL_INTERVAL = 8;
/** Index of an Int32. */
export const REASON_BYTES = 9;
/** Index of an Int32. */
export const READING_BYTES = 10;
/** Index of an Int32. */
export const REJECTED = 11;
/** Index of an Int32. */
export const DESCRIBED = 12;
/** Index of an Int32. */
export const BUSY = 13;
/** Index of an Int32. */
export const SHARED = 14;
/** Index of an Int32; the next Int32 is the thread's start. */
export const WATCHER = 15;
/** Index of an Int32; the next Int32 is the thread's start. */
export const OWNER = 17;
/** Index of an Int32. */
export const SEAL = 19;
/** Index of an Int64. */
export const HEARTBEAT = 10;
/** Index of an Int64. */
export const POLLED_AT = 11;
/** Index of an Int64. */
export const HEARTBEAT_AT = 12;

/** Index of an Int32. */
export const ACCEPTANCES = 26;

/** `SOCT` in ASCII. Identifies this memory. */
export const MAGIC_NUMBER = 0x534f_4354;
/** The maximum size of each string, in bytes. */
export const TEXT_BYTES = 1024;
/** Offset of a string, in bytes. */
export const REASON = 112;
/** Offset of a string, in bytes. */
export const READING = REASON + TEXT_BYTES;
/** The size of the buffer, in bytes. */
export const CONTROL_BYTES = READING + TEXT_BYTES;
