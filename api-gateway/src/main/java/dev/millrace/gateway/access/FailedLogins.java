package dev.millrace.gateway.access;

import dev.millrace.gateway.store.RunRepository;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;

/**
 * Slows those down who guess passwords: after three failures in a row a name is tried again only after a pause, which
 * grows to a minute, whichever replica is asked and whether or not there is such a user. It never becomes longer, so that
 * nobody can shut a user out for good.
 */
@Singleton
class FailedLogins {
    private static final int FREE = 3;
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final Duration FORGOTTEN = Duration.ofHours(1);
    /** More doublings than that are beyond the longest pause. */
    private static final int MOST_DOUBLINGS = 6;

    private final UserRepository users;
    private final RunRepository runs;

    FailedLogins(UserRepository users, RunRepository runs) {
        this.users = users;
        this.runs = runs;
    }

    /**
     * Notes a try, before the password is looked at, so that many at once are counted, too.
     *
     * @return failures in a row, this try among them
     * @throws MillraceException with {@code LOGIN_SLOWED} when the name may not be tried yet
     */
    @Transactional
    int trying(String name) {
        Instant now = runs.now();
        users.forgetFailed(now.minus(FORGOTTEN));
        int _ = users.knowFailed(name, now);
        int failures = users.lockFailures(name);
        Instant until = users.blockedUntil(name);
        if (until.isAfter(now)) {
            throw new MillraceException(
                    ErrorCode.LOGIN_SLOWED,
                    "too many failed logins in a row: may be tried again in "
                            + Math.max(1, Duration.between(now, until).toSeconds()) + " s");
        }
        users.failed(name, failures + 1, now, now.plus(pause(failures + 1)));
        return failures + 1;
    }

    @Transactional
    void succeeded(String name) {
        users.succeeded(name);
    }

    private static Duration pause(int failures) {
        if (failures < FREE) {
            return Duration.ZERO;
        }
        Duration pause = Duration.ofSeconds(1L << Math.min(failures - FREE, MOST_DOUBLINGS));
        return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
    }
}
