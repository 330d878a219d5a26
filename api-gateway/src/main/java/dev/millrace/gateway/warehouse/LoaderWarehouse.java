package dev.millrace.gateway.warehouse;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.pipeline.TableNames;
import dev.millrace.pipeline.Targets;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.WorkerCalls;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.WarehouseType;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * The loader's warehouse, as far as the loader has told this process what it can hold. What was told once holds until the
 * loader tells something else: one that is away has no other warehouse meanwhile. Safe for use by several threads.
 */
@Singleton
public class LoaderWarehouse {
    /** A warehouse is changed by hand, and rarely. */
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final WorkerCalls services;
    private final GatewayConfig config;
    private final WarehouseType configured;
    private volatile @Nullable Told told;

    LoaderWarehouse(WorkerCalls services, GatewayConfig config, WarehouseType configured) {
        this.services = services;
        this.config = config;
        this.configured = configured;
    }

    /** @param at as {@link System#nanoTime} counts */
    private record Told(Capabilities capabilities, long at) {}

    /** Whether the loader is to be asked, for the first time or again. */
    public boolean isOutdated() {
        Told last = told;
        return last == null || System.nanoTime() - last.at() > FRESH.toNanos();
    }

    /**
     * Asks the loader.
     *
     * @throws MillraceException with {@code SERVICE_UNAVAILABLE} when it can't be reached, or answers with something else;
     *     what it has told before stays
     */
    public Capabilities ask() throws InterruptedException {
        HttpResponse<Capabilities> answer =
                services.capabilities(config.services().loader());
        Capabilities capabilities = switch (answer.code()) {
            case 200 -> answer.body();
            case 404 -> configured.ofVersionWithoutCapabilities();
            default ->
                throw new MillraceException(
                        ErrorCode.SERVICE_UNAVAILABLE,
                        "the loader doesn't tell what its warehouse can hold, but answers with " + answer.code() + ": "
                                + ServiceProblems.of(answer).detail());
        };
        told = new Told(capabilities, System.nanoTime());
        return capabilities;
    }

    /**
     * What the loader told last, or tells now if it has never been asked.
     *
     * @throws MillraceException as {@link #ask}
     */
    public Capabilities capabilities() throws InterruptedException {
        Told last = told;
        return last == null ? ask() : last.capabilities();
    }

    /**
     * The tables of the warehouse, of which nobody has any yet. Asks nobody: as long as the loader hasn't told how it tells
     * names apart, those count as the same that may be.
     */
    public Targets targets() {
        Told last = told;
        return last == null
                ? new Targets(
                        "some warehouses (the loader hasn't told yet which it has)", TableNames.OF_NO_KNOWN_WAREHOUSE)
                : new Targets(
                        last.capabilities().warehouse(), last.capabilities().tableNames());
    }
}
