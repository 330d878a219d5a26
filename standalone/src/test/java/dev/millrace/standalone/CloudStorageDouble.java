package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The objects of a bucket, as the documentation of Cloud Storage says that its JSON API lists them. */
final class CloudStorageDouble {
    /** https://cloud.google.com/storage/docs/json_api/v1/objects/list: maxResults is 1,000 by default and at most */
    private static final int MOST = 1000;

    private final String token;
    private final AtomicInteger failing = new AtomicInteger();
    private volatile int objects = 2345;

    CloudStorageDouble(ScriptedApi api, String token) {
        this.token = token;
        api.on("/storage/v1/b/gcp-public-data-landsat/o", this::list);
    }

    /** The next requests fail for the moment. */
    void fail(int requests) {
        failing.set(requests);
    }

    void hold(int count) {
        objects = count;
    }

    private void list(HttpExchange exchange) throws IOException {
        if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            refuse(exchange, 401, "authError", "Invalid Credentials");
        } else if (failing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            // https://cloud.google.com/storage/docs/retry-strategy: to be tried again with exponential backoff
            refuse(exchange, 503, "backendError", "Backend Error");
        } else {
            page(exchange);
        }
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
    private static void refuse(HttpExchange exchange, int code, String reason, String message) throws IOException {
        ScriptedApi.send(exchange, code, "application/json; charset=UTF-8", """
                {"error": {"errors": [{"domain": "global", "reason": "%1$s", "message": "%2$s"}], "code": %3$d,
                 "message": "%2$s"}}
                """.formatted(reason, message, code));
    }

    private void page(HttpExchange exchange) throws IOException {
        Map<String, String> query = ScriptedApi.query(exchange);
        int size = Math.min(MOST, Integer.parseInt(query.getOrDefault("maxResults", String.valueOf(MOST))));
        int from = Integer.parseInt(query.getOrDefault("pageToken", "t0=").replaceAll("[t=]", ""));
        int to = Math.min(objects, from + size);
        String prefix = query.getOrDefault("prefix", "");
        // an answer has nextPageToken while there is more, and items where there are some
        String items = from == to
                ? ""
                : IntStream.range(from, to)
                        .mapToObj(number -> object(prefix, number))
                        .collect(Collectors.joining(",", ", \"items\": [", "]"));
        ScriptedApi.send(
                exchange,
                200,
                "application/json; charset=UTF-8",
                "{\"kind\": \"storage#objects\"" + (to < objects ? ", \"nextPageToken\": \"t" + to + "=\"" : "") + items
                        + "}");
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/objects#resource: 64-bit numbers are texts */
    private static String object(String prefix, int number) {
        return """
                {"kind": "storage#object", "name": "%1$s%2$05d.TIF", "bucket": "gcp-public-data-landsat",
                 "generation": "1502408226812%2$05d", "size": "%3$d", "contentType": "application/octet-stream",
                 "storageClass": "STANDARD", "crc32c": "AAAAAA==", "timeCreated": "2017-08-10T23:37:06.799Z",
                 "updated": "2017-08-10T23:37:06.799Z"%4$s}
                """.formatted(
                        prefix,
                        number,
                        5_000_000_000L + number,
                        number % 2 == 0 ? ", \"md5Hash\": \"1B2M2Y8AsgTpgAmY7PhCfg==\"" : "");
    }
}
