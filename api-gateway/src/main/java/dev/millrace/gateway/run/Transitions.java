package dev.millrace.gateway.run;

import dev.millrace.problem.ErrorCode;

/**
 * The state machine of runs, as a table: what becomes of a run in a phase when something happens. It knows nothing of
 * databases and services; {@link Runs} and {@link Retries} ask it, and do what it says. The picture in {@code
 * docs/architecture.md} is drawn from it.
 */
final class Transitions {
    private Transitions() {}

    /** What happens to a run. */
    enum Event {
        /** A service has taken the task of its step. */
        TAKEN("a service takes the task"),
        /** All that it comes after has succeeded. */
        UPSTREAM_SUCCEEDED("all that a model comes after has succeeded"),
        /** The endpoint that has read its records has succeeded. */
        RECORDS_READ("the endpoint that reads for a further table has succeeded"),
        /** Some of what it comes after has failed or was cancelled. */
        UPSTREAM_FAILED("some of what the run comes after has not succeeded"),
        /** What is to be extracted has been cut into slices. */
        PLANNED("cut into slices"),
        /** The extraction has succeeded, and its records are to become rows. */
        EXTRACTED("extracted"),
        /** The extraction has succeeded, and its records are to be published as they are. */
        EXTRACTED_TO_PUBLISH("extracted, for a bucket"),
        /** The transformation has succeeded. */
        TRANSFORMED("transformed"),
        /** The load is committed. */
        COMMITTED("committed"),
        /** The load of a dry run would succeed. */
        CHECKED("checked"),
        /** A service reports that the step has failed. */
        REPORTED_FAILURE("the step fails"),
        /** A service hands its task back. */
        RELEASED("a service hands the task back"),
        /** The service of the task has been silent for longer than its lease. */
        LOST("a service falls silent"),
        /** The gateway knows that the step can't succeed: nobody takes its task, say, or too many records were rejected. */
        GIVEN_UP("the gateway gives up"),
        /** A user wants it to end. */
        CANCEL("cancel"),
        /** A user wants it taken up again. */
        RETRY("retry"),
        /** What it comes after is taken up again. */
        UPSTREAM_RETRIED("what the run comes after is retried"),
        /** It is taken up again, and what it had extracted is there. */
        RESUME_TRANSFORMING("taken up again with what was extracted"),
        /** It is taken up again, and what is to be loaded is there. */
        RESUME_LOADING("taken up again with what was staged"),
        /** The loader has made sure that the load commits nothing any more. */
        CLOSED("the loader has closed the load"),
        /** The loader says that the load had been committed before it could be closed. */
        ALREADY_COMMITTED("the loader finds the load committed"),
        /** The loader can't be asked about the load. */
        UNCLOSABLE("nobody can ask the loader");

        private final String words;

        Event(String words) {
            this.words = words;
        }

        /** As the picture has it. */
        String words() {
            return words;
        }
    }

    /** What is to be done about an event. */
    sealed interface Decision {
        /** The run enters another phase. */
        record Enter(Phase phase) implements Decision {}

        /** The event counts, and the run stays in its phase. */
        record Stay() implements Decision {}

        /** The event comes too late or twice; nothing happens, and nobody is told. */
        record Ignore() implements Decision {}

        /**
         * Whoever brought the event is told that it makes no sense.
         *
         * @param expected the runs of which it does
         */
        record Refuse(ErrorCode code, String expected) implements Decision {}
    }

    /**
     * @param dryRun whether the run loads nothing, so that there is nothing to be closed
     */
    static Decision of(Phase phase, boolean dryRun, Event event) {
        return switch (event) {
            case TAKEN ->
                switch (phase) {
                    case QUEUED -> enter(Phase.EXTRACTING);
                    case EXTRACTING, TRANSFORMING, LOADING -> stay();
                    case FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> ignore();
                };
            case UPSTREAM_SUCCEEDED -> fromQueued(phase, Phase.LOADING);
            case RECORDS_READ -> fromQueued(phase, Phase.TRANSFORMING);
            case UPSTREAM_FAILED -> fromQueued(phase, Phase.FAILED);
            case PLANNED ->
                switch (phase) {
                    case QUEUED, EXTRACTING -> stay();
                    case TRANSFORMING, LOADING, FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> stale();
                };
            case EXTRACTED -> extracted(phase, Phase.TRANSFORMING);
            case EXTRACTED_TO_PUBLISH -> extracted(phase, Phase.LOADING);
            case TRANSFORMED ->
                switch (phase) {
                    case TRANSFORMING -> enter(Phase.LOADING);
                    case QUEUED, EXTRACTING, LOADING, FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> stale();
                };
            case COMMITTED -> loaded(phase, !dryRun, "no dry run");
            case CHECKED -> loaded(phase, dryRun, "a dry run");
            case REPORTED_FAILURE ->
                switch (phase) {
                    case QUEUED, EXTRACTING, TRANSFORMING -> enter(Phase.FAILED);
                    case LOADING -> enter(dryRun ? Phase.FAILED : Phase.FAILING);
                    case FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> stale();
                };
            case RELEASED ->
                switch (phase) {
                    case QUEUED, EXTRACTING, TRANSFORMING, LOADING -> stay();
                    case FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> stale();
                };
            case LOST ->
                switch (phase) {
                    case QUEUED, EXTRACTING, TRANSFORMING, LOADING -> stay();
                    case FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> ignore();
                };
            case GIVEN_UP ->
                switch (phase) {
                    case QUEUED, EXTRACTING, TRANSFORMING -> enter(Phase.FAILED);
                    case LOADING -> enter(dryRun ? Phase.FAILED : Phase.FAILING);
                    case FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> ignore();
                };
            case CANCEL ->
                switch (phase) {
                    case QUEUED, EXTRACTING, TRANSFORMING -> enter(Phase.CANCELLED);
                    case LOADING -> enter(dryRun ? Phase.CANCELLED : Phase.CANCELLING);
                    case FAILING -> enter(Phase.CANCELLING);
                    case CANCELLING, SUCCEEDED, FAILED, CANCELLED -> ignore();
                };
            case RETRY ->
                switch (phase) {
                    case FAILED, CANCELLED -> enter(Phase.QUEUED);
                    case QUEUED, EXTRACTING, TRANSFORMING, LOADING, FAILING, CANCELLING, SUCCEEDED ->
                        new Decision.Refuse(ErrorCode.RUN_STATE, "FAILED or CANCELLED");
                };
            case UPSTREAM_RETRIED ->
                switch (phase) {
                    case FAILED -> enter(Phase.QUEUED);
                    case QUEUED, EXTRACTING, TRANSFORMING, LOADING, FAILING, CANCELLING, SUCCEEDED, CANCELLED ->
                        ignore();
                };
            case RESUME_TRANSFORMING -> fromQueued(phase, Phase.TRANSFORMING);
            case RESUME_LOADING -> fromQueued(phase, Phase.LOADING);
            case CLOSED ->
                switch (phase) {
                    case FAILING -> enter(Phase.FAILED);
                    case CANCELLING -> enter(Phase.CANCELLED);
                    case QUEUED, EXTRACTING, TRANSFORMING, LOADING, SUCCEEDED, FAILED, CANCELLED -> ignore();
                };
            case ALREADY_COMMITTED -> closing(phase, Phase.SUCCEEDED);
            case UNCLOSABLE -> closing(phase, Phase.FAILED);
        };
    }

    private static Decision fromQueued(Phase phase, Phase to) {
        return switch (phase) {
            case QUEUED -> enter(to);
            case EXTRACTING, TRANSFORMING, LOADING, FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> ignore();
        };
    }

    /** From QUEUED too: a service may have done its task before the gateway has stored that it took it. */
    private static Decision extracted(Phase phase, Phase to) {
        return switch (phase) {
            case QUEUED, EXTRACTING -> enter(to);
            case TRANSFORMING, LOADING, FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> stale();
        };
    }

    private static Decision loaded(Phase phase, boolean fits, String expected) {
        return switch (phase) {
            case LOADING -> fits ? enter(Phase.SUCCEEDED) : new Decision.Refuse(ErrorCode.REQUEST_INVALID, expected);
            case QUEUED, EXTRACTING, TRANSFORMING, FAILING, CANCELLING, SUCCEEDED, FAILED, CANCELLED -> stale();
        };
    }

    private static Decision closing(Phase phase, Phase to) {
        return switch (phase) {
            case FAILING, CANCELLING -> enter(to);
            case QUEUED, EXTRACTING, TRANSFORMING, LOADING, SUCCEEDED, FAILED, CANCELLED -> ignore();
        };
    }

    private static Decision enter(Phase phase) {
        return new Decision.Enter(phase);
    }

    private static Decision stay() {
        return new Decision.Stay();
    }

    private static Decision ignore() {
        return new Decision.Ignore();
    }

    private static Decision stale() {
        return new Decision.Refuse(ErrorCode.STALE_ATTEMPT, "a run that waits for it");
    }
}
