package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.warehouse.LedgerCursors;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Checks;
import dev.millrace.task.Cursors;
import dev.millrace.task.Sample;
import dev.millrace.task.WriteCheck;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Tries what a pipeline needs, step by step, and leaves nothing: each endpoint's source, and the warehouse. */
@Singleton
public class PipelineCheck {
    private final SourceLook source;
    private final LookCalls services;
    private final LoaderWarehouse warehouse;
    private final LedgerCursors ledger;
    private final GatewayConfig config;

    PipelineCheck(
            SourceLook source,
            LookCalls services,
            LoaderWarehouse warehouse,
            LedgerCursors ledger,
            GatewayConfig config) {
        this.source = source;
        this.services = services;
        this.warehouse = warehouse;
        this.ledger = ledger;
        this.config = config;
    }

    /** @param endpoint null: it is a step of the pipeline */
    public record Step(@Nullable String endpoint, Checks.Check check) {}

    /**
     * @param pipeline with an absolute folder, if it has one
     * @param endpoint by name; null: all of them
     * @param day for endpoints that load days; null: today
     * @throws MillraceException with {@code ENDPOINT_UNKNOWN} or {@code REQUEST_INVALID}, or when the extractor can't be
     *     asked; what fails in a step is in the step
     */
    public List<Step> steps(Pipeline pipeline, @Nullable String endpoint, @Nullable RunWindow day)
            throws InterruptedException {
        List<String> names = endpoint == null ? List.copyOf(pipeline.endpoints().keySet()) : List.of(endpoint);
        List<Step> steps = new ArrayList<>();
        List<Destination.Table> tables = new ArrayList<>();
        for (String name : names) {
            Endpoint wanted = SourceLook.endpoint(pipeline, name);
            RunWindow loaded = source.day(wanted, endpoint == null && wanted.day() == null ? null : day);
            Checks found = source.at(
                    pipeline,
                    name,
                    loaded,
                    task -> SourceLook.answered(
                            services.check(config.services().extractor(), new Sample.Wanted(task, 1)), "extractor"));
            boolean first = steps.isEmpty();
            found.checks().stream()
                    .filter(check -> first || !check.ofSource() || !check.passed())
                    .map(check -> new Step(check.ofSource() ? null : name, check))
                    .forEach(steps::add);
            for (Endpoint filled : wanted.withFurther()) {
                if (filled.destination() instanceof Destination.Table table) {
                    tables.add(table);
                }
            }
            if (found.checks().stream().anyMatch(check -> check.ofSource() && !check.passed())) {
                break; // it is the same for all
            }
        }
        if (!tables.isEmpty()) {
            Checks.Check answers = warehouse("warehouse", () -> {
                String kind = Objects.requireNonNull(warehouse.capabilities()).warehouse();
                Cursors _ = ledger.of(new Cursors.Wanted(pipeline.name(), pipeline.credentials()));
                return kind + " answers";
            });
            steps.add(new Step(null, answers));
            if (answers.passed()) {
                steps.add(new Step(
                        null,
                        warehouse(
                                "writes",
                                () -> SourceLook.answered(
                                                services.tryToWrite(
                                                        config.services().loader(),
                                                        new WriteCheck.Wanted(tables, pipeline.credentials())),
                                                "loader")
                                        .seen())));
            }
        }
        return steps;
    }

    private interface Asking {
        String seen() throws InterruptedException;
    }

    /** A step that is the same for all tables, by the account that would load. */
    private static Checks.Check warehouse(String step, Asking asking) throws InterruptedException {
        long began = System.nanoTime();
        boolean passed = true;
        String seen;
        try {
            seen = asking.seen();
        } catch (MillraceException e) {
            passed = false;
            seen = e.code() + ": " + e.detail();
        }
        return new Checks.Check(step, false, passed, (System.nanoTime() - began) / 1_000_000, seen);
    }
}
