package dev.millrace.standalone.client;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/** The calls about users, tokens and what they do; as those of {@link GatewayClient}. */
public final class AccessCalls {
    private static final String USERS = "/api/v1/users";
    private static final String TOKENS = "/api/v1/tokens";

    private final GatewayClient gateway;

    public AccessCalls(GatewayClient gateway) {
        this.gateway = gateway;
    }

    @Serdeable
    public record NewUser(String name, String role, String password) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** What is to be changed; null: nothing. */
    @Serdeable
    public record UserChange(
            @Nullable String role,
            @Nullable Boolean disabled,
            @Nullable String password) {
        @Override
        public String toString() {
            return "a change";
        }
    }

    @Serdeable
    public record Users(List<User> users) {}

    @Serdeable
    public record User(String name, String role, boolean disabled, Instant createdAt, String createdBy) {}

    /**
     * @param pipelines empty, as {@code tables} is: everything
     * @param expiresIn a duration as ISO 8601 has it; null: never
     */
    @Serdeable
    public record NewToken(
            String name,
            String role,
            List<String> pipelines,
            List<String> tables,
            @Nullable String expiresIn) {}

    @Serdeable
    public record Tokens(List<Token> tokens) {}

    /** @param token null in all answers but that which has made it */
    @Serdeable
    public record Token(
            String name,
            String role,
            List<String> pipelines,
            List<String> tables,
            @Nullable Instant expiresAt,
            String createdBy,
            @Nullable Instant usedAt,
            @Nullable String token) {}

    @Serdeable
    public record Entries(List<Entry> entries) {}

    @Serdeable
    public record Entry(
            Instant time,
            String caller,
            String method,
            String path,
            int status,
            @Nullable String detail) {}

    public String users() throws InterruptedException {
        return gateway.send(gateway.request(USERS).GET());
    }

    public String add(NewUser user) throws InterruptedException {
        return sent("POST", USERS, user);
    }

    public String change(String user, UserChange change) throws InterruptedException {
        return sent("PATCH", USERS + "/" + GatewayClient.encode(user), change);
    }

    /** Answers with nothing. */
    public String remove(String user) throws InterruptedException {
        return gateway.send(
                gateway.request(USERS + "/" + GatewayClient.encode(user)).DELETE());
    }

    public String tokens() throws InterruptedException {
        return gateway.send(gateway.request(TOKENS).GET());
    }

    public String create(NewToken token) throws InterruptedException {
        return sent("POST", TOKENS, token);
    }

    /** Answers with nothing. */
    public String revoke(String token) throws InterruptedException {
        return gateway.send(
                gateway.request(TOKENS + "/" + GatewayClient.encode(token)).DELETE());
    }

    /**
     * What callers have changed and were refused, newest first.
     *
     * @param caller null: all
     * @param limit of entries, from 1
     */
    public String audit(@Nullable String caller, int limit) throws InterruptedException {
        String filter = caller == null ? "" : "caller=" + GatewayClient.encode(caller) + "&";
        return gateway.pages("/api/v1/audit?" + filter, "entries", limit);
    }

    private String sent(String method, String path, Object body) throws InterruptedException {
        return gateway.send(
                gateway.request(path).header("Content-Type", "application/json").method(method, gateway.body(body)));
    }
}
