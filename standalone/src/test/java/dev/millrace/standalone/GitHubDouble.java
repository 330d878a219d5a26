package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The issues of one repository, as GitHub's documentation says that it hands them out. */
final class GitHubDouble {
    static final int ISSUES = 250;

    /** https://docs.github.com/en/rest/issues/issues#list-repository-issues: "max 100", default 30 */
    private static final int MOST = 100;

    private final String token;
    private final AtomicInteger limited = new AtomicInteger();

    GitHubDouble(ScriptedApi api, String token) {
        this.token = token;
        api.on("/repos/octocat/Spoon-Knife/issues", this::issues);
        api.on("/repositories/1300192/issues", this::issues);
    }

    /** The next requests exceed a secondary rate limit. */
    void limit(int requests) {
        limited.set(requests);
    }

    private void issues(HttpExchange exchange) throws IOException {
        if (exchange.getRequestHeaders().getFirst("User-Agent") == null) {
            // https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
            refuse(exchange, 403, "Request forbidden by administrative rules.");
        } else if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            // https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit
            refuse(exchange, 401, "Bad credentials");
        } else if (limited.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit:
            // 403 or 429, and in retry-after the seconds to stay away
            exchange.getResponseHeaders().set("retry-after", "1");
            exchange.getResponseHeaders().set("x-ratelimit-remaining", "4321");
            refuse(exchange, 403, "You have exceeded a secondary rate limit.");
        } else {
            page(exchange);
        }
    }

    private static void refuse(HttpExchange exchange, int status, String message) throws IOException {
        ScriptedApi.send(
                exchange,
                status,
                "application/json; charset=utf-8",
                "{\"message\": \"" + message
                        + "\", \"documentation_url\": \"https://docs.github.com/rest\", \"status\": \"" + status
                        + "\"}");
    }

    private static void page(HttpExchange exchange) throws IOException {
        Map<String, String> query = ScriptedApi.query(exchange);
        int size = Math.min(MOST, Integer.parseInt(query.getOrDefault("per_page", "30")));
        int page = Integer.parseInt(query.getOrDefault("page", "1"));
        // the default is open: https://docs.github.com/en/rest/issues/issues#list-repository-issues
        boolean all = "all".equals(query.get("state"));
        int last = (ISSUES + size - 1) / size;
        // https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers: of
        // another path, with the parameters of the request; next and last are missing on the last page
        String link = "<http://" + exchange.getRequestHeaders().getFirst("Host") + "/repositories/1300192/issues?"
                + query.entrySet().stream()
                        .filter(parameter -> !parameter.getKey().equals("page"))
                        .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
                        .collect(Collectors.joining("&"))
                + "&page=";
        exchange.getResponseHeaders()
                .set(
                        "link",
                        page < last
                                ? link + (page + 1) + ">; rel=\"next\", " + link + last + ">; rel=\"last\""
                                : link + (page - 1) + ">; rel=\"prev\", " + link + "1>; rel=\"first\"");
        ScriptedApi.send(
                exchange,
                200,
                "application/json; charset=utf-8",
                IntStream.rangeClosed((page - 1) * size + 1, Math.min(ISSUES, page * size))
                        .filter(number -> all || number % 3 != 0)
                        .mapToObj(GitHubDouble::issue)
                        .collect(Collectors.joining(",", "[", "]")));
    }

    /** Every third is closed, every fifth a pull request, the author of every seventh has left. */
    private static String issue(int number) {
        return """
                {"id": %1$d, "number": %2$d, "title": "Issue %2$d", "state": "%3$s", "state_reason": %4$s, "user": %5$s,
                 "labels": [{"id": 1, "name": "bug", "default": true}], "comments": 3, "body": null,
                 "created_at": "2011-01-26T19:01:12Z", "updated_at": "2011-04-22T13:33:48Z", "closed_at": %6$s,
                 "html_url": "https://github.com/octocat/Spoon-Knife/issues/%2$d"%7$s}
                """.formatted(
                        3_000_000_000L + number,
                        number,
                        number % 3 == 0 ? "closed" : "open",
                        number % 3 == 0 ? "\"completed\"" : "null",
                        number % 7 == 0 ? "null" : "{\"login\": \"octocat\", \"id\": 1}",
                        number % 3 == 0 ? "\"2011-04-22T13:33:48Z\"" : "null",
                        number % 5 == 0
                                ? ", \"pull_request\": {\"url\": \"https://api.github.com/repos/octocat/Spoon-Knife/pulls/"
                                        + number + "\"}"
                                : "");
    }
}
