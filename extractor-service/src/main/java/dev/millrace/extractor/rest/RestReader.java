package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.check.Network;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.extractor.secret.TokenSeal;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Certificates;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Report;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.pipeline.rest.Signature;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.GatewayCalls;
import dev.millrace.service.RowsCalls;
import dev.millrace.trace.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.serde.ObjectMapper;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Clock;
import javax.net.ssl.SSLContext;

/** Reads REST APIs, over connections that all runs share. */
@Singleton
final class RestReader implements SourceReader<RestSource, RestRead>, AutoCloseable {
    private final Secrets secrets;
    private final TokenSeal seal;
    private final ObjectMapper json;
    private final GatewayCalls gateway;
    private final RowsCalls rows;
    private final ExtractorConfig config;
    private final Clock clock;
    private final MeterRegistry meters;
    private final Traces traces;
    private final SourceAddresses addresses;
    private final SourceConnections http;

    RestReader(
            Secrets secrets,
            TokenSeal seal,
            ObjectMapper json,
            GatewayCalls gateway,
            RowsCalls rows,
            ExtractorConfig config,
            Clock clock,
            MeterRegistry meters,
            Traces traces,
            SourceAddresses addresses) {
        this.secrets = secrets;
        this.seal = seal;
        this.json = json;
        this.gateway = gateway;
        this.rows = rows;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
        this.traces = traces;
        this.addresses = addresses;
        this.http = new SourceConnections(null, addresses);
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
            try (SourceConnections own =
                    new SourceConnections(CertificateContext.of(certificates, ofThisRun), addresses)) {
                read(extraction, ofThisRun, own);
            }
        }
    }

    @Override
    public void check(Extraction<RestSource, RestRead> extraction, Steps steps) throws InterruptedException {
        RunSecrets ofThisRun = secrets.ofRun(extraction.task().credentials());
        extraction.context().maskWith(ofThisRun::mask);
        RestSource source = extraction.source();
        URI base = steps.ofSource(
                "secrets",
                () -> base(ofThisRun.resolve(source.baseUrl())),
                _ -> "the URL is known, and what it needs of secrets is there");
        Certificates certificates = source.tls();
        SSLContext tls = certificates == null ? null : CertificateContext.of(certificates, ofThisRun);
        Network.reach(steps, addresses, base, tls);
        try (SourceConnections own = new SourceConnections(tls, addresses)) {
            Apis apis = apis(extraction, ofThisRun, own);
            Requests requests = apis.requests(extraction.read().request(), null);
            Api api = apis.of(requests, extraction.read().format(), 1);
            try {
                boolean _ = steps.ofSource(
                        "credentials",
                        () -> {
                            api.logIn(base);
                            return true;
                        },
                        _ -> switch (source.auth()) {
                            case Auth.None _ -> "none are wanted";
                            case Auth.OAuth2 _ -> "a token was granted";
                            case Auth.Session _ -> "a session was opened";
                            case Auth.ApiKey _, Auth.Bearer _, Auth.Basic _, Signature _ ->
                                "are there; whether they are accepted, only an answer says";
                        });
            } finally {
                api.end();
            }
        }
    }

    private static URI base(String url) {
        try {
            URI base = URI.create(url);
            if (base.getHost() != null) {
                return base;
            }
        } catch (IllegalArgumentException e) {
            // as below, without the text, which may be secret
        }
        throw new MillraceException(
                ErrorCode.SOURCE_REFUSED, "the base URL is none (expected: such as https://api.example.com)");
    }

    /** @param own connections to the source, which no other source may use where it has certificates of its own */
    private void read(Extraction<RestSource, RestRead> extraction, RunSecrets ofThisRun, SourceConnections own)
            throws InterruptedException {
        Apis apis = apis(extraction, ofThisRun, own);
        ForEach forEach = extraction.read().forEach();
        Report report = extraction.read().report();
        if (report != null) {
            new ReportExtraction(apis, extraction, report, json, config.scratchFolder(), config.pageBytes()).run();
        } else if (forEach == null) {
            new RestExtraction(apis, extraction, config.scratchFolder(), config.pageBytes()).run();
        } else {
            new EachExtraction(apis, extraction, forEach, json, config.scratchFolder(), config.pageBytes()).run();
        }
    }

    private Apis apis(Extraction<RestSource, RestRead> extraction, RunSecrets ofThisRun, SourceConnections own) {
        return new Apis(
                own,
                http,
                clock,
                json,
                gateway,
                rows,
                ofThisRun,
                seal,
                extraction,
                config.scratchFolder(),
                config.unpackRatio(),
                new SourceCalls(meters, traces, extraction.task().pipeline()));
    }

    @Override
    @PreDestroy
    public void close() {
        http.close();
    }
}
