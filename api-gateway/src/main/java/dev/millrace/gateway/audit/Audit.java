package dev.millrace.gateway.audit;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.store.RunRepository;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.context.ServerRequestContext;
import io.micronaut.http.server.util.HttpClientAddressResolver;
import io.micronaut.security.authentication.Authentication;
import jakarta.inject.Singleton;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of what callers have changed, and of what they were refused, in the run database. An entry that can't be stored
 * is a line of the gateway's log.
 */
@Singleton
public class Audit {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    private static final String DETAIL = "dev.millrace.gateway.audit.detail";
    private static final String CALLER = "dev.millrace.gateway.audit.caller";
    private static final int LONGEST = 2_000;

    private final AuditRepository entries;
    private final RunRepository runs;
    private final HttpClientAddressResolver addresses;

    Audit(AuditRepository entries, RunRepository runs, HttpClientAddressResolver addresses) {
        this.entries = entries;
        this.runs = runs;
        this.addresses = addresses;
    }

    /** Has the entry of the call that is under way say more than its path does. */
    public static void note(String detail) {
        ServerRequestContext.currentRequest().ifPresent(request -> request.setAttribute(DETAIL, detail));
    }

    /** Has the entry of a login be that of who has logged in. */
    public static void by(String caller) {
        ServerRequestContext.currentRequest().ifPresent(request -> request.setAttribute(CALLER, caller));
    }

    /** Newest first, those with smaller numbers than {@code before}. */
    public List<AuditRow> newest(@Nullable String caller, long before, int most) {
        return entries.newest(caller, before, most);
    }

    void add(HttpRequest<?> request, int status) {
        Authentication authentication =
                request.getUserPrincipal(Authentication.class).orElse(null);
        Caller caller = authentication == null ? null : Caller.of(authentication);
        String name = request.getAttribute(CALLER, String.class)
                .orElseGet(() -> authentication == null ? "nobody" : authentication.getName());
        String detail = request.getAttribute(DETAIL, String.class).orElse(null);
        try {
            entries.save(new AuditRow(
                    null,
                    runs.now(),
                    name,
                    caller == null ? null : caller.role().word(),
                    request.getMethodName(),
                    shortened(request.getPath()),
                    status,
                    String.valueOf(addresses.resolve(request)),
                    detail == null ? null : shortened(detail)));
        } catch (RuntimeException e) {
            LOG.error(
                    "{} {} by {}, answered with {}, is not in the audit log",
                    request.getMethod(),
                    request.getPath(),
                    name,
                    status,
                    e);
        }
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }
}
