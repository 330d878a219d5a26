package dev.millrace.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The gateway's answer to a process that was started for the slices of one step of a run, and asks for one of them at
 * {@code POST /internal/runs/RUN/steps/STEP/claims}.
 */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Claim.Taken.class, name = "taken"),
    @JsonSubTypes.Type(value = Claim.Later.class, name = "later"),
    @JsonSubTypes.Type(value = Claim.Done.class, name = "done"),
    @JsonSubTypes.Type(value = Claim.Ended.class, name = "ended")
})
public sealed interface Claim {
    /** @param task to be done as one that is posted is: it has a lease, wants heartbeats and an outcome */
    @Serdeable
    record Taken(Task task) implements Claim {}

    /** All slices that are left are done by others, of which one may be lost yet: to be asked again. */
    @Serdeable
    record Later() implements Claim {}

    /** All slices of the step are done, and their manifests accepted. */
    @Serdeable
    record Done() implements Claim {}

    /**
     * Nobody is to work on the step any more, and it isn't done.
     *
     * @param why for the log
     */
    @Serdeable
    record Ended(String why) implements Claim {}

    /** The subject of service tokens for it. */
    static String subject(String run, Step step) {
        return "claim:" + run + "/" + step.folder();
    }
}
