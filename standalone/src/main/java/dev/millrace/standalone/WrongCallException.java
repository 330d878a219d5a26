package dev.millrace.standalone;

/** The call can't be followed; the message says why and what would do. */
final class WrongCallException extends RuntimeException {
    WrongCallException(String message) {
        super(message);
    }
}
