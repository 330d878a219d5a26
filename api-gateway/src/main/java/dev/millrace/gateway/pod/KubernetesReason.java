package dev.millrace.gateway.pod;

import io.kubernetes.client.openapi.ApiException;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;

/** Why Kubernetes's API server has refused something. */
public final class KubernetesReason {
    private KubernetesReason() {}

    /** What the server's Status says, https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
    public static String of(ApiException e, ObjectMapper json) {
        try {
            JsonNode status = json.readValue(String.valueOf(e.getResponseBody()), Argument.of(JsonNode.class));
            JsonNode message = status == null || !status.isObject() ? null : status.get("message");
            return message == null || !message.isString() ? "no reason is given" : message.getStringValue();
        } catch (IOException unreadable) {
            return "no reason is given";
        }
    }
}
