package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The issues of one project, as GitLab's documentation says that it hands them out. */
final class GitLabDouble {
    static final int ISSUES = 201;

    /** https://docs.gitlab.com/api/rest/#offset-based-pagination: "default: 20, max: 100" */
    private static final int MOST = 100;

    private final String token;
    private final AtomicInteger limited = new AtomicInteger();

    GitLabDouble(ScriptedApi api, String token) {
        this.token = token;
        api.on("/api/v4/projects/gitlab-org/cli/issues", this::issues);
    }

    /** The next requests exceed the rate limit. */
    void limit(int requests) {
        limited.set(requests);
    }

    private void issues(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestURI().getRawPath().contains("/gitlab-org%2Fcli/")) {
            // https://docs.gitlab.com/api/rest/#namespaced-paths: 404 unless the slash is encoded
            refuse(exchange, 404, "404 Project Not Found");
        } else if (!token.equals(exchange.getRequestHeaders().getFirst("PRIVATE-TOKEN"))) {
            // https://docs.gitlab.com/api/rest/authentication/: 401 and this message
            refuse(exchange, 401, "401 Unauthorized");
        } else if (limited.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            // https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
            exchange.getResponseHeaders().set("RateLimit-Limit", "60");
            exchange.getResponseHeaders().set("RateLimit-Remaining", "0");
            exchange.getResponseHeaders().set("Retry-After", "1");
            ScriptedApi.send(exchange, 429, "text/plain", "Retry later\n");
        } else {
            page(exchange);
        }
    }

    private static void refuse(HttpExchange exchange, int status, String message) throws IOException {
        ScriptedApi.send(exchange, status, "application/json", "{\"message\": \"" + message + "\"}");
    }

    private static void page(HttpExchange exchange) throws IOException {
        Map<String, String> query = ScriptedApi.query(exchange);
        int size = Math.min(MOST, Integer.parseInt(query.getOrDefault("per_page", "20")));
        int page = Integer.parseInt(query.getOrDefault("page", "1"));
        int last = (ISSUES + size - 1) / size;
        // https://docs.gitlab.com/api/rest/#other-pagination-headers
        Map.of(
                        "x-page", String.valueOf(page),
                        "x-per-page", String.valueOf(size),
                        "x-prev-page", page == 1 ? "" : String.valueOf(page - 1),
                        "x-next-page", page < last ? String.valueOf(page + 1) : "",
                        "x-total", String.valueOf(ISSUES),
                        "x-total-pages", String.valueOf(last))
                .forEach(exchange.getResponseHeaders()::set);
        ScriptedApi.send(
                exchange,
                200,
                "application/json",
                IntStream.rangeClosed((page - 1) * size + 1, Math.min(ISSUES, page * size))
                        .mapToObj(GitLabDouble::issue)
                        .collect(Collectors.joining(",", "[", "]")));
    }

    /** https://docs.gitlab.com/api/issues/#list-project-issues */
    private static String issue(int number) {
        return """
                {"id": %1$d, "iid": %2$d, "project_id": 4, "title": "Issue %2$d", "state": "%3$s", "labels": ["foo", "bar"],
                 "author": {"id": 18, "username": "eileen.lowe"}, "milestone": null, "due_date": %4$s, "upvotes": 0,
                 "confidential": false, "created_at": "2016-01-04T15:31:51.081Z",
                 "updated_at": "2016-01-04T15:31:51.081Z", "closed_at": %5$s,
                 "web_url": "https://gitlab.example.com/issues/%2$d"}
                """.formatted(
                        76 + number,
                        number,
                        number % 2 == 0 ? "closed" : "opened",
                        number % 2 == 0 ? "\"2016-07-22\"" : "null",
                        number % 2 == 0 ? "\"2016-01-05T15:31:46.176Z\"" : "null");
    }
}
