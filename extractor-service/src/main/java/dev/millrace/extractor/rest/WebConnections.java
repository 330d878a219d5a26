package dev.millrace.extractor.rest;

import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.service.GatewayCalls;
import dev.millrace.task.Task;
import dev.millrace.trace.Traces;
import dev.millrace.worker.TaskContext;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Connections to servers of files, which all runs share. */
@Singleton
public final class WebConnections implements AutoCloseable {
    private final Secrets secrets;
    private final GatewayCalls gateway;
    private final Clock clock;
    private final MeterRegistry meters;
    private final Traces traces;
    private final SourceConnections http;

    WebConnections(
            Secrets secrets,
            GatewayCalls gateway,
            Clock clock,
            MeterRegistry meters,
            Traces traces,
            SourceAddresses addresses) {
        this.secrets = secrets;
        this.gateway = gateway;
        this.clock = clock;
        this.meters = meters;
        this.traces = traces;
        this.http = new SourceConnections(null, addresses);
    }

    /**
     * What one run asks for.
     *
     * @throws dev.millrace.problem.MillraceException when a secret isn't there, or an address in one is none
     */
    public WebCalls of(Task task, WebCalls.Wanted wanted, TaskContext context) {
        RunSecrets ofThisRun = secrets.ofRun(task.credentials());
        context.maskWith(ofThisRun::mask);
        SourceLimiter limiter = SourceLimiter.of(task, wanted.limits(), 1, gateway, context);
        SourceCalls calls = new SourceCalls(meters, traces, task.pipeline());
        Attempts attempts = new Attempts(wanted.retry(), clock, context, calls);
        Exchange exchange =
                new Exchange(http, http, wanted.retry(), wanted.timeout(), ofThisRun, attempts, limiter, calls);
        return new WebCalls(wanted, ofThisRun, attempts, limiter, exchange);
    }

    @Override
    @PreDestroy
    public void close() {
        http.close();
    }
}
