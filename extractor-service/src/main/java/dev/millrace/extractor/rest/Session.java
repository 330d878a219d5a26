package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A login before the first request, whose cookies or token go with each request, to the base URL's origin only. Safe
 * for use by several threads: they wait for one login and share its session.
 */
final class Session implements Authentication {
    /** A shorter cookie is a language or a flag, and masking it would only make messages unreadable. */
    private static final int SHORTEST_SECRET = 8;

    private final Source.Auth.Session auth;
    private final RunSecrets secrets;
    private final Requests requests;
    private final LoginCalls calls;
    private final TaskContext context;
    private @Nullable Proof proof;
    private int number;

    Session(Source.Auth.Session auth, RunSecrets secrets, Requests requests, LoginCalls calls, TaskContext context) {
        this.auth = auth;
        this.secrets = secrets;
        this.requests = requests;
        this.calls = calls;
        this.context = context;
    }

    private sealed interface Proof {
        void put(HttpRequest.Builder request, URI url);
    }

    /** The JDK's own store knows which cookie belongs to which path, and which one is over (RFC 6265). */
    private record Cookies(CookieManager jar) implements Proof {
        @Override
        public void put(HttpRequest.Builder request, URI url) {
            try {
                List<String> cookies = jar.get(url, Map.of()).getOrDefault("Cookie", List.of());
                if (!cookies.isEmpty()) {
                    Authentication.set(request, "Cookie", String.join("; ", cookies));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e); // of memory: can't be
            }
        }
    }

    private record Header(String name, String value) implements Proof {
        @Override
        public void put(HttpRequest.Builder request, URI url) {
            Authentication.set(request, name, value);
        }
    }

    @Override
    public synchronized int authenticate(HttpRequest.Builder request, URI url) throws InterruptedException {
        Proof current = proof;
        if (current == null) {
            current = opened();
            proof = current;
            number++;
        }
        current.put(request, url);
        return number;
    }

    @Override
    public synchronized boolean renew(int status, int used) {
        if (!auth.expired().contains(status)) {
            return false;
        }
        if (used == number) {
            proof = null;
        }
        return true;
    }

    @Override
    public synchronized void received(URI url, HttpHeaders headers) {
        if (proof instanceof Cookies(CookieManager jar)) {
            keep(jar, url, headers);
        }
    }

    private Proof opened() throws InterruptedException {
        Source.Auth.Session.Login login = auth.login();
        Requests.Address address = requests.address(login.url(), "login.url");
        String shown = "POST " + address.shown();
        // a form is often answered with a redirect to the page that its user wants to see
        LoginCalls.Answer answer =
                calls.call(shown, () -> request(login, address), status -> status >= 200 && status <= 399);
        return switch (auth.proof()) {
            case Source.Auth.Session.Proof.Cookies _ -> {
                if (!requests.isOwn(address.url())) {
                    throw new MillraceException(
                            ErrorCode.PIPELINE_INVALID,
                            "login.url " + address.shown() + " is not of the base URL's origin, so its cookies are"
                                    + " not for it (expected: a path, or a token as proof)");
                }
                CookieManager jar = new CookieManager();
                keep(jar, address.url(), answer.headers());
                if (jar.getCookieStore().getCookies().isEmpty()) {
                    throw new MillraceException(ErrorCode.SOURCE_MALFORMED, shown + ": the answer sets no cookie");
                }
                yield new Cookies(jar);
            }
            case Source.Auth.Session.Proof.Token token -> {
                String value = token(answer, token, shown);
                yield switch (token.in()) {
                    case HEADER -> new Header(token.name(), token.prefix() + value);
                    case COOKIE -> new Header("Cookie", token.name() + "=" + token.prefix() + value);
                };
            }
        };
    }

    private HttpRequest.Builder request(Source.Auth.Session.Login login, Requests.Address address) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.url())
                .header("Accept", "application/json")
                .header("User-Agent", Api.AGENT);
        String body = login.body();
        if (body == null) {
            Map<String, String> form = new LinkedHashMap<>();
            login.form().forEach((name, value) -> form.put(name, secrets.resolve(value)));
            request.header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(QueryParameters.form(form)));
        } else {
            request.header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(new JsonBody(body, secrets::resolve).json()));
        }
        login.headers().forEach((name, value) -> Authentication.set(request, name, secrets.resolve(value)));
        return request;
    }

    private String token(LoginCalls.Answer answer, Source.Auth.Session.Proof.Token token, String shown) {
        String value = switch (token.from()) {
            case BODY -> answer.valueAt(token.token());
            case HEADER -> answer.headers().firstValue(token.token()).orElse(null);
        };
        if (value == null || value.isBlank()) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    shown + ": the answer has no token "
                            + switch (token.from()) {
                                case BODY -> "at '" + token.token() + "'";
                                case HEADER -> "in its header '" + token.token() + "'";
                            });
        }
        secrets.remember(value);
        return value;
    }

    private void keep(CookieManager jar, URI url, HttpHeaders headers) {
        try {
            jar.put(url, headers.map());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        for (HttpCookie cookie : jar.getCookieStore().getCookies()) {
            if (cookie.getValue().length() >= SHORTEST_SECRET) {
                secrets.remember(cookie.getValue());
            }
        }
    }

    /** A session that can't be ended ends by itself; the records are there. */
    @Override
    public synchronized void end() throws InterruptedException {
        Source.Auth.Session.Logout logout = auth.logout();
        Proof last = proof;
        if (logout == null || last == null) {
            return;
        }
        proof = null;
        try {
            Requests.Address address = requests.address(logout.url(), "logout.url");
            if (!requests.isOwn(address.url())) {
                context.warn("no logout: " + address.shown() + " is not of the base URL's origin");
                return;
            }
            String method = logout.method().name();
            LoginCalls.Answer _ = calls.call(
                    method + " " + address.shown(),
                    () -> {
                        HttpRequest.Builder request = HttpRequest.newBuilder(address.url())
                                .header("User-Agent", Api.AGENT)
                                .method(method, HttpRequest.BodyPublishers.noBody());
                        last.put(request, address.url());
                        return request;
                    },
                    status -> status >= 200 && status <= 399);
        } catch (MillraceException e) {
            context.warn("no logout: " + e.detail());
        }
    }
}
