package dev.millrace.emulator.http;

import java.time.Duration;

/** What goes wrong with a call, or happens around it. */
public sealed interface Fault {
    /**
     * The call is refused with this status and nothing is done.
     *
     * @param reason the reason in Google's error body, such as {@code backendError}
     */
    record Status(int status, String reason) implements Fault {}

    /** The connection is cut before anything is done. */
    record LostCall() implements Fault {}

    /** Everything is done, then the connection is cut without an answer. */
    record LostAnswer() implements Fault {}

    /** Everything is done, and the connection is cut after so many bytes of the answer's body. */
    record Truncated(long bytes) implements Fault {}

    /**
     * One byte of the call's body is another when it arrives; for Secret Manager, one of the answer.
     *
     * @param at how many bytes are before it
     */
    record Corrupted(long at) implements Fault {}

    /** The call is handled after a pause. */
    record Delay(Duration pause) implements Fault {}

    /** Something happens before the call is handled as usual, for example the death of the caller. */
    record Before(Runnable action) implements Fault {}

    /** Something happens after the call was handled and before it is answered as usual. */
    record After(Runnable action) implements Fault {}
}
