package dev.millrace.extractor.rest;

import dev.failsafe.RetryPolicy;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.TokenSeal;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.GatewayCalls;
import dev.millrace.service.Retries;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Refresh tokens of one run. Each is borrowed from the gateway, since one that two runs spend at once is taken for stolen
 * by many an API; and what replaces it is kept there, encrypted, for the next run. Without a key for that, or beside a
 * gateway of a version that keeps none, a token is used to the end of the run. For one thread at a time.
 */
final class RefreshTokens {
    /** How long a token that has come is offered to a gateway that doesn't answer. */
    private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(10);

    private static final Duration PAUSE = Duration.ofMillis(200);
    /** A wait is told to the run's log when it gets as long as that. */
    private static final long WORTH_TELLING = TimeUnit.SECONDS.toNanos(2);

    private static final int NO_SUCH_ROUTE = 404;

    private final Task task;
    private final GatewayCalls gateway;
    private final TokenSeal seal;
    private final RunSecrets secrets;
    private final TaskContext context;
    private final RetryPolicy<HttpResponse<TokenReturn.Answer>> untilAnswered;
    private @Nullable String unkept;

    RefreshTokens(Task task, GatewayCalls gateway, TokenSeal seal, RunSecrets secrets, TaskContext context) {
        this.task = task;
        this.gateway = gateway;
        this.seal = seal;
        this.secrets = secrets;
        this.context = context;
        this.untilAnswered = RetryPolicy.<HttpResponse<TokenReturn.Answer>>builder()
                .handleIf(failure -> failure instanceof MillraceException)
                .handleResultIf(answer -> answer.code() >= 500 || answer.code() == 429)
                .withBackoff(Duration.ofMillis(100), Duration.ofSeconds(5))
                .withMaxAttempts(-1)
                .withMaxDuration(GIVE_UP_AFTER)
                .build();
    }

    /** A token that nobody else spends until it is given back. */
    interface Borrowed {
        /** The newest that is known: a secret. */
        String token();

        /** Whether another attempt may have spent it, and ended before it could keep what came. */
        boolean doubtful();

        /**
         * Keeps what replaces it, on disk when this returns.
         *
         * @throws MillraceException when it couldn't be kept, so that the next run has none
         */
        void replace(String next) throws InterruptedException;

        /** After the call, whether it was spent or not. */
        void giveBack() throws InterruptedException;
    }

    /**
     * Waits until no other run has the token.
     *
     * @param reference where the first one is, such as {@code ${secret:NAME}}, for messages
     */
    Borrowed borrow(String reference) throws InterruptedException {
        String first = secrets.resolve(reference);
        if (!seal.hasKey()) {
            return new Unkept(
                    reference, first, "the extractor has no millrace.secrets.token-key to encrypt what is kept with");
        }
        String family = seal.family(first);
        long began = System.nanoTime();
        boolean told = false;
        while (true) {
            context.checkStopped();
            HttpResponse<TokenRequest.Grant> answer = asked(family);
            if (answer != null && answer.code() == NO_SUCH_ROUTE) {
                return new Unkept(reference, first, "the gateway is of an older version, which keeps none");
            }
            if (answer != null && answer.code() == 200 && answer.body().held()) {
                return kept(reference, family, first, answer.body());
            }
            if (!told && System.nanoTime() - began > WORTH_TELLING) {
                told = true;
                context.info(
                        answer != null && answer.code() == 200
                                ? "waiting, since another run spends the refresh token of " + reference
                                : "waiting for the gateway, which keeps the refresh token of " + reference);
            }
            Thread.sleep(PAUSE);
        }
    }

    /** Null when there is no answer. Another than 200 is of an attempt that will soon be stopped, or of a gateway in trouble. */
    private @Nullable HttpResponse<TokenRequest.Grant> asked(String family) throws InterruptedException {
        try {
            return gateway.token(task, new TokenRequest(family));
        } catch (MillraceException e) {
            return null;
        }
    }

    private Borrowed kept(String reference, String family, String first, TokenRequest.Grant grant) {
        String sealed = grant.sealed();
        String token = sealed == null
                ? first
                : seal.open(family, sealed)
                        .orElseThrow(() -> new MillraceException(
                                ErrorCode.SOURCE_UNAUTHORIZED,
                                "what is kept of the refresh token of " + reference + " can't be decrypted, so it was"
                                        + " changed in the run database (expected: a new one in the secret)"));
        secrets.remember(token);
        return new Kept(reference, family, token, grant);
    }

    private final class Kept implements Borrowed {
        private final String reference;
        private final String family;
        private final String token;
        private final TokenRequest.Grant grant;
        private boolean returned;

        Kept(String reference, String family, String token, TokenRequest.Grant grant) {
            this.reference = reference;
            this.family = family;
            this.token = token;
            this.grant = grant;
        }

        @Override
        public String token() {
            return token;
        }

        @Override
        public boolean doubtful() {
            return grant.doubtful();
        }

        @Override
        public void replace(String next) throws InterruptedException {
            String sealed = seal.seal(family, next);
            HttpResponse<TokenReturn.Answer> answer;
            try {
                answer = Retries.run(
                        untilAnswered, _ -> gateway.giveBack(task, new TokenReturn(family, grant.version(), sealed)));
            } catch (MillraceException e) {
                throw lost(e.detail());
            }
            if (answer.code() != 200) {
                throw lost("the gateway answers with " + answer.code());
            }
            returned = true;
            if (!answer.body().kept()) {
                context.warn("another run has kept another refresh token of " + reference + " meanwhile, which stays");
            } else if (grant.sealed() == null) {
                context.info("the API has replaced the refresh token of " + reference
                        + "; the new one is kept, encrypted, and the runs that follow use it");
            }
        }

        private MillraceException lost(String why) {
            return new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE,
                    "the API has replaced the refresh token of " + reference + ", and the new one could not be kept: "
                            + why + "; unless the API still takes the old one, authorize anew, and put the token that"
                            + " comes into the secret");
        }

        @Override
        public void giveBack() throws InterruptedException {
            if (returned) {
                return;
            }
            returned = true;
            try {
                // not repeated: the end of the attempt gives it back as well
                HttpResponse<TokenReturn.Answer> _ =
                        gateway.giveBack(task, new TokenReturn(family, grant.version(), null));
            } catch (MillraceException e) {
                context.debug(
                        "the refresh token of " + reference + " is given back by the end of the task: " + e.detail());
            }
        }
    }

    private final class Unkept implements Borrowed {
        private final String reference;
        private final String first;
        private final String why;

        Unkept(String reference, String first, String why) {
            this.reference = reference;
            this.first = first;
            this.why = why;
        }

        @Override
        public String token() {
            return unkept == null ? first : unkept;
        }

        @Override
        public boolean doubtful() {
            return false;
        }

        @Override
        public void replace(String next) {
            if (unkept == null) {
                context.warn("the API has replaced the refresh token of " + reference
                        + "; the new one is used for the rest of this run and not kept, since " + why
                        + "; if the API forgets the one in the secret, the next run needs a new one there");
            }
            unkept = next;
        }

        @Override
        public void giveBack() {
            // nobody else has heard of it
        }
    }
}
