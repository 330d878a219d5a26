package dev.millrace.standalone;

/** The call can't be followed; the message says why and what would do. */
public final class WrongCallException extends RuntimeException {
    public WrongCallException(String message) {
        super(message);
    }
}
