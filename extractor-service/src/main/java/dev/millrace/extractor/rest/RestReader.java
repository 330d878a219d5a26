package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.extractor.secret.TokenSeal;
import dev.millrace.pipeline.rest.Certificates;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Report;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.service.GatewayCalls;
import dev.millrace.trace.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.serde.ObjectMapper;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Reads REST APIs, over connections that all runs share. */
@Singleton
final class RestReader implements SourceReader<RestSource, RestRead>, AutoCloseable {
    private final Secrets secrets;
    private final TokenSeal seal;
    private final ObjectMapper json;
    private final GatewayCalls gateway;
    private final ExtractorConfig config;
    private final Clock clock;
    private final MeterRegistry meters;
    private final Traces traces;
    private final SourceConnections http = new SourceConnections(null);

    RestReader(
            Secrets secrets,
            TokenSeal seal,
            ObjectMapper json,
            GatewayCalls gateway,
            ExtractorConfig config,
            Clock clock,
            MeterRegistry meters,
            Traces traces) {
        this.secrets = secrets;
        this.seal = seal;
        this.json = json;
        this.gateway = gateway;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
        this.traces = traces;
    }

    @Override
    public Class<RestSource> source() {
        return RestSource.class;
    }

    @Override
    public Class<RestRead> read() {
        return RestRead.class;
    }

    @Override
    public void read(Extraction<RestSource, RestRead> extraction) throws InterruptedException {
        RunSecrets ofThisRun = secrets.ofRun(extraction.task().credentials());
        extraction.context().maskWith(ofThisRun::mask);
        Certificates certificates = extraction.source().tls();
        if (certificates == null) {
            read(extraction, ofThisRun, http);
        } else {
            try (SourceConnections own = new SourceConnections(CertificateContext.of(certificates, ofThisRun))) {
                read(extraction, ofThisRun, own);
            }
        }
    }

    /** @param own connections to the source, which no other source may use where it has certificates of its own */
    private void read(Extraction<RestSource, RestRead> extraction, RunSecrets ofThisRun, SourceConnections own)
            throws InterruptedException {
        Apis apis = new Apis(
                own,
                http,
                clock,
                json,
                gateway,
                ofThisRun,
                seal,
                extraction,
                config.scratchFolder(),
                config.unpackRatio(),
                new SourceCalls(meters, traces, extraction.task().pipeline()));
        ForEach forEach = extraction.read().forEach();
        Report report = extraction.read().report();
        if (report != null) {
            new ReportExtraction(apis, extraction, report, config.scratchFolder(), config.pageBytes()).run();
        } else if (forEach == null) {
            new RestExtraction(apis, extraction, config.scratchFolder(), config.pageBytes()).run();
        } else {
            new EachExtraction(apis, extraction, forEach, json, config.scratchFolder(), config.pageBytes()).run();
        }
    }

    @Override
    @PreDestroy
    public void close() {
        http.close();
    }
}
