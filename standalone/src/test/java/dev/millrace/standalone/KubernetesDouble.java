package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Pods and nodes, as the documentation of Kubernetes says that its API hands them out. */
final class KubernetesDouble {
    /** The example of https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks */
    static final int PODS = 1253;

    private final String token;
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicBoolean expired = new AtomicBoolean();

    KubernetesDouble(ScriptedApi api, String token) {
        this.token = token;
        api.on("/api/v1/pods", exchange -> list(exchange, "PodList", PODS));
        api.on("/api/v1/nodes", exchange -> list(exchange, "NodeList", 3));
    }

    /** The next requests come when the server has too many. */
    void limit(int requests) {
        busy.set(requests);
    }

    /** The next chunk after the first is asked for too late. */
    void expire() {
        expired.set(true);
    }

    private void list(HttpExchange exchange, String kind, int count) throws IOException {
        Map<String, String> query = ScriptedApi.query(exchange);
        int limit = Integer.parseInt(query.getOrDefault("limit", String.valueOf(count)));
        String token = query.get("continue");
        if (!("Bearer " + this.token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            // https://kubernetes.io/docs/reference/access-authn-authz/authentication/: 401
            refuse(exchange, 401, "Unauthorized", "Unauthorized", "");
        } else if (busy.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            // https://kubernetes.io/docs/concepts/cluster-administration/flow-control/: 429, to be tried again later
            exchange.getResponseHeaders().set("Retry-After", "1");
            refuse(exchange, 429, "TooManyRequests", "Too many requests, please try again later.", "");
        } else if (token != null && expired.getAndSet(false)) {
            // https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/#continue: 410
            // with
            // another token, whose chunks would be of another moment than those before
            refuse(
                    exchange,
                    410,
                    "Expired",
                    "The provided continue parameter is too old to display a consistent list result.",
                    token(limit, 0));
        } else {
            int from = token == null ? 0 : from(token, limit);
            if (from < 0) {
                refuse(exchange, 400, "BadRequest", "continue key is not valid", "");
            } else {
                chunk(exchange, kind, count, from, limit);
            }
        }
    }

    /**
     * https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/#continue: good for a query
     * with the same parameters only. The text is the server's business.
     */
    private static String token(int limit, int from) {
        return Base64.getEncoder()
                .encodeToString(
                        ("{\"limit\":" + limit + ",\"start\":\"?>" + from + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private static int from(String token, int limit) {
        String text = new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
        String start = "{\"limit\":" + limit + ",\"start\":\"?>";
        return text.startsWith(start) ? Integer.parseInt(text.substring(start.length(), text.length() - 2)) : -1;
    }

    private static void chunk(HttpExchange exchange, String kind, int count, int from, int limit) throws IOException {
        int to = Math.min(count, from + limit);
        // ListMeta: continue and remainingItemCount are there while there is more
        String more = to < count
                ? ", \"continue\": \"" + token(limit, to) + "\", \"remainingItemCount\": " + (count - to)
                : "";
        ScriptedApi.send(
                exchange,
                200,
                "application/json",
                IntStream.range(from, to)
                        .mapToObj(number -> kind.equals("PodList") ? pod(number) : node(number))
                        .collect(Collectors.joining(
                                ",",
                                "{\"kind\": \"" + kind
                                        + "\", \"apiVersion\": \"v1\", \"metadata\": {\"resourceVersion\": \"10245\""
                                        + more
                                        + "}, \"items\": [",
                                "]}")));
    }

    /** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
    private static void refuse(HttpExchange exchange, int code, String reason, String message, String token)
            throws IOException {
        ScriptedApi.send(exchange, code, "application/json", """
                {"kind": "Status", "apiVersion": "v1", "metadata": {%s}, "status": "Failure", "message": "%s",
                 "reason": "%s", "code": %d}
                """.formatted(
                        token.isEmpty() ? "" : "\"continue\": \"" + token + "\"", message, reason, code));
    }

    /** Every tenth waits for a node. */
    private static String pod(int number) {
        return """
                {"metadata": {"name": "web-%1$d", "namespace": "default", "uid": "00000000-0000-4000-8000-%1$012d",
                  "creationTimestamp": "2026-01-31T12:00:00Z", "labels": {"app.kubernetes.io/name": "web"}},
                 "spec": {"containers": [{"name": "web", "image": "nginx:1.29"}]%2$s},
                 "status": {%3$s}}
                """.formatted(
                        number,
                        number % 10 == 0 ? "" : ", \"nodeName\": \"node-1\"",
                        number % 10 == 0
                                ? "\"phase\": \"Pending\""
                                : "\"phase\": \"Running\", \"podIP\": \"10.0.0.1\", \"startTime\": \"2026-01-31T12:00:02Z\"");
    }

    private static String node(int number) {
        return """
                {"metadata": {"name": "node-%1$d", "uid": "00000000-0000-4000-9000-%1$012d",
                  "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {}},
                 "spec": {%2$s},
                 "status": {"capacity": {"cpu": "8", "memory": "32Gi"}, "nodeInfo": {"kubeletVersion": "v1.36.0"}}}
                """.formatted(number, number == 2 ? "\"unschedulable\": true" : "");
    }
}
