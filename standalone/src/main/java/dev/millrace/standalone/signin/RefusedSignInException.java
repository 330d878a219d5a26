package dev.millrace.standalone.signin;

/** No refresh token was granted; the message says why. */
public final class RefusedSignInException extends Exception {
    RefusedSignInException(String message) {
        super(message);
    }
}
