package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.security.authentication.Authentication;

/** The check that a service token is for the subject of the call. */
final class Subjects {
    private Subjects() {}

    static void check(Authentication caller, String subject) {
        if (!caller.getName().equals(subject)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + subject);
        }
    }
}
