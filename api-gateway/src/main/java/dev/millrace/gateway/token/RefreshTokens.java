package dev.millrace.gateway.token;

import dev.millrace.gateway.look.Looks;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;

/**
 * Keeps refresh tokens that replace one another, and lends each to one attempt at a time, whichever replicas the
 * extractor and the gateway have: many an API takes one that is spent twice for stolen, and revokes all of its family.
 * What is kept is encrypted by the extractor. Who holds one keeps it as long as its task.
 */
@Singleton
public class RefreshTokens {
    /** After which nobody will ask for a token any more: that of a secret that has another value by now. */
    private static final Duration FORGOTTEN = Duration.ofDays(730);

    private final RunRepository runs;
    private final TaskRepository tasks;
    private final Looks looks;
    private final RefreshTokenRepository tokens;

    RefreshTokens(RunRepository runs, TaskRepository tasks, Looks looks, RefreshTokenRepository tokens) {
        this.runs = runs;
        this.tasks = tasks;
        this.looks = looks;
        this.tokens = tokens;
    }

    /**
     * @throws MillraceException with {@code TASK_UNKNOWN}; {@code STALE_ATTEMPT} when the attempt has ended or somebody
     *     else has taken over
     */
    @Transactional
    public TokenRequest.Grant lend(String task, int attempt, TokenRequest request) {
        if (looks.open(task).isEmpty() && !known(task).isAt(attempt)) {
            throw new MillraceException(
                    ErrorCode.STALE_ATTEMPT, "nobody waits for attempt " + attempt + " of task " + task + " any more");
        }
        String family = request.family();
        Instant now = runs.now();
        tokens.forget(now.minus(FORGOTTEN));
        int _ = tokens.know(family, now);
        RefreshTokenRow row = tokens.lock(family).orElseThrow();
        boolean repeated = row.isWith(task, attempt);
        if (!repeated && isHeld(row)) {
            return new TokenRequest.Grant(false, row.version(), null, false);
        }
        tokens.lend(family, task, attempt, now);
        return new TokenRequest.Grant(true, row.version(), row.sealed(), !repeated && row.task() != null);
    }

    private boolean isHeld(RefreshTokenRow row) {
        String holder = row.task();
        Integer attempt = row.attempt();
        return holder != null
                && attempt != null
                && (tasks.findById(holder).filter(task -> task.isAt(attempt)).isPresent()
                        || looks.open(holder).isPresent());
    }

    /**
     * Takes what replaces a token, also of an attempt that has ended: the API has forgotten the one before.
     *
     * @throws MillraceException with {@code TASK_UNKNOWN}
     */
    @Transactional
    public TokenReturn.Answer takeBack(String task, int attempt, TokenReturn token) {
        RefreshTokenRow row = tokens.lock(token.family()).orElse(null);
        if (row == null) {
            TaskRow _ = known(task); // where there is a token, what comes of a look that has ended is kept too
            return new TokenReturn.Answer(false);
        }
        tokens.giveBack(row.family(), task, attempt);
        String sealed = token.sealed();
        if (sealed == null) {
            return new TokenReturn.Answer(true);
        }
        if (row.version() == token.version()) {
            tokens.keep(row.family(), sealed);
            return new TokenReturn.Answer(true);
        }
        return new TokenReturn.Answer(sealed.equals(row.sealed())); // repeated, since its answer was lost
    }

    private TaskRow known(String task) {
        return tasks.findById(task).orElseThrow(() -> new MillraceException(ErrorCode.TASK_UNKNOWN, "no task " + task));
    }
}
