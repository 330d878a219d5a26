package dev.millrace.standalone;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The charges and customers of an account, as Stripe's documentation says that it hands them out. */
final class StripeDouble {
    static final int CHARGES = 230;

    private static final long FIRST = 1_769_817_600;

    private final String key;
    private final AtomicInteger limited = new AtomicInteger();

    StripeDouble(ScriptedApi api, String key) {
        this.key = key;
        api.on("/v1/charges", exchange -> list(exchange, "charge", "ch_", ofTheDay(exchange) ? CHARGES : 0));
        api.on("/v1/customers", exchange -> list(exchange, "customer", "cus_", 0));
    }

    /** The next requests come too fast. */
    void limit(int requests) {
        limited.set(requests);
    }

    /** All are of 2026-01-31. https://docs.stripe.com/api/charges/list#list_charges-created: seconds since 1970 */
    private static boolean ofTheDay(HttpExchange exchange) {
        return ScriptedApi.parameter(exchange, "created[gte]") <= FIRST
                && ScriptedApi.parameter(exchange, "created[lt]") > FIRST + CHARGES;
    }

    private void list(HttpExchange exchange, String object, String prefix, int count) throws IOException {
        Map<String, String> query = ScriptedApi.query(exchange);
        // https://docs.stripe.com/api/pagination: "Limit can range between 1 and 100, and the default is 10."
        int limit = Integer.parseInt(query.getOrDefault("limit", "10"));
        String after = query.get("starting_after");
        if (!("Bearer " + key).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            // https://docs.stripe.com/api/authentication, https://docs.stripe.com/api/errors
            refuse(exchange, 401, "invalid_request_error", "Invalid API Key provided: " + key.charAt(0) + "*******");
        } else if (limited.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            // https://docs.stripe.com/rate-limits
            refuse(exchange, 429, "invalid_request_error", "Request rate limit exceeded.");
        } else if (limit < 1 || limit > 100) {
            refuse(exchange, 400, "invalid_request_error", "Invalid limit: must be between 1 and 100");
        } else if (after != null && !after.matches(prefix + "[0-9]{3}")) {
            refuse(exchange, 400, "invalid_request_error", "No such " + object + ": '" + after + "'");
        } else {
            // https://docs.stripe.com/api/pagination: in reverse chronological order, after the object of that id
            int newest = after == null ? count : Integer.parseInt(after.substring(prefix.length())) - 1;
            int oldest = Math.max(1, newest - limit + 1);
            ScriptedApi.send(
                    exchange,
                    200,
                    "application/json",
                    IntStream.iterate(newest, number -> number >= oldest, number -> number - 1)
                            .mapToObj(number -> charge(prefix, number))
                            .collect(Collectors.joining(
                                    ",",
                                    "{\"object\": \"list\", \"url\": \"/v1/" + object + "s\", \"has_more\": "
                                            + (oldest > 1) + ", \"data\": [",
                                    "]}")));
        }
    }

    private static void refuse(HttpExchange exchange, int status, String type, String message) throws IOException {
        ScriptedApi.send(
                exchange,
                status,
                "application/json",
                "{\"error\": {\"type\": \"" + type + "\", \"message\": \"" + message + "\"}}");
    }

    /** https://docs.stripe.com/api/charges/object */
    private static String charge(String prefix, int number) {
        return """
                {"id": "%s%03d", "object": "charge", "amount": %d, "amount_refunded": 0, "currency": "usd",
                 "created": %d, "customer": null, "description": "a charge of the test", "failure_code": null,
                 "livemode": false, "metadata": {"basket": "b-17"}, "paid": true, "refunded": false,
                 "payment_method_details": {"card": {"brand": "visa", "last4": "0000"}, "type": "card"},
                 "status": "succeeded"}
                """.formatted(prefix, number, number * 100, FIRST + number);
    }
}
