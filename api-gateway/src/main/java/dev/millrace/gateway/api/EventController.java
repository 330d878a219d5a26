package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.arrival.ArrivalStarter;
import dev.millrace.gateway.arrival.ArrivedObject;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import java.util.Map;

/** The routes for what happens elsewhere and starts runs here. */
@Controller(EventController.PATH)
@Needs(value = Role.OPERATOR, alsoFor = SenderToken.SENDER)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "events")
class EventController {
    static final String PATH = "/api/v1/events";

    /** The one of several that says that an object has a new content. */
    private static final String FINALIZED = "OBJECT_FINALIZE";

    private final ArrivalStarter starter;

    EventController(ArrivalStarter starter) {
        this.starter = starter;
    }

    /** What Pub/Sub sends, https://cloud.google.com/pubsub/docs/push#receive_push; it may have further fields. */
    @Serdeable
    record Push(@Nullable Message message) {}

    /** @param attributes https://cloud.google.com/storage/docs/pubsub-notifications#attributes */
    @Serdeable
    record Message(@Nullable String messageId, @Nullable Map<String, String> attributes) {}

    /** @param started endpoints that the event has started or will start; empty when it starts none */
    @Serdeable
    record Taken(String event, List<Started> started) {}

    /** @param batch of its runs; null when it waits for a run of the endpoint to end */
    @Serdeable
    record Started(
            String pipeline, String endpoint, @Nullable String batch) {}

    /** A notification of Cloud Storage, as Pub/Sub pushes it. The same one again starts nothing. */
    @Post("/storage")
    Taken arrived(@Body Push push) {
        Message message = push.message();
        if (message == null) {
            throw missing("message", "what Pub/Sub pushes");
        }
        String event = required(message.messageId(), "message.messageId");
        Map<String, String> attributes = message.attributes();
        if (attributes == null) {
            throw missing("message.attributes", "those of a notification of Cloud Storage");
        }
        if (!required(attributes.get("eventType"), "message.attributes.eventType")
                .equals(FINALIZED)) {
            return new Taken(event, List.of());
        }
        ArrivedObject object = new ArrivedObject(
                required(attributes.get("bucketId"), "message.attributes.bucketId"),
                required(attributes.get("objectId"), "message.attributes.objectId"),
                generation(required(attributes.get("objectGeneration"), "message.attributes.objectGeneration")),
                event);
        return new Taken(
                event,
                starter.arrived(object).stream()
                        .map(started -> new Started(started.pipeline(), started.endpoint(), started.batch()))
                        .toList());
    }

    private static String required(@Nullable String value, String field) {
        if (value == null || value.isEmpty()) {
            throw missing(field, "a text");
        }
        return value;
    }

    private static MillraceException missing(String field, String expected) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, field + ": missing (expected: " + expected + ")");
    }

    private static long generation(String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "message.attributes.objectGeneration: '" + value + "' (expected: a whole number)",
                    e);
        }
    }
}
