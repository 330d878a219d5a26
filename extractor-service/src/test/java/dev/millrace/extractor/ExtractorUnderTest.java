package dev.millrace.extractor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.RecordedGateway;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** The service with a recording gateway, and what it staged. */
public final class ExtractorUnderTest implements AutoCloseable {
    private final Path folder;
    private final RecordedGateway gateway;
    private final ServiceUnderTest service;
    private final AtomicInteger runs = new AtomicInteger();

    /** @param folder empty */
    public ExtractorUnderTest(Path folder, Map<String, Object> properties) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("secrets"));
        Files.createDirectories(folder.resolve("scratch"));
        Files.createDirectories(folder.resolve("staging"));
        this.gateway = new RecordedGateway();
        Map<String, Object> all = new HashMap<>(properties);
        all.put("millrace.secrets.folder", folder.resolve("secrets").toString());
        all.put("millrace.extractor.scratch", folder.resolve("scratch").toString());
        this.service = ServiceUnderTest.start(Step.EXTRACT, folder.resolve("staging"), all);
    }

    /** How a run ended, and all that was said of it. */
    public record Result(Task task, Report report, List<String> log) {
        public Outcome outcome() {
            return report.outcome();
        }

        public String failure(ErrorCode code) {
            assertThat(outcome()).isInstanceOf(Outcome.Failed.class);
            Outcome.Failed failed = (Outcome.Failed) outcome();
            assertThat(failed.code()).as(failed.detail()).isEqualTo(code);
            return failed.detail();
        }
    }

    public RecordedGateway gateway() {
        return gateway;
    }

    public ServiceUnderTest service() {
        return service;
    }

    public Task task(Work work, @Nullable RunWindow day) {
        return gateway.task("run-" + runs.incrementAndGet(), 1, day, work);
    }

    /** @param credentials that the pipeline names */
    public Task task(Work work, @Nullable RunWindow day, @Nullable String credentials) {
        return gateway.task("run-" + runs.incrementAndGet(), 1, day, credentials, work);
    }

    public Result extract(Work work) throws InterruptedException {
        return extract(task(work, null));
    }

    public Result extract(Task task) throws InterruptedException {
        int heartbeatsBefore = gateway.heartbeats().size();
        assertThat(service.post(task)).isEqualTo(202);
        Report report = gateway.report(task);
        List<String> log = new ArrayList<>();
        gateway.heartbeats().stream()
                .skip(heartbeatsBefore)
                .flatMap(heartbeat -> heartbeat.log().stream())
                .forEach(line -> log.add(line.level() + " " + line.message()));
        report.last().log().forEach(line -> log.add(line.level() + " " + line.message()));
        return new Result(task, report, log);
    }

    /** The staged records of a run that must have succeeded, each as it stands in its part. */
    public List<String> records(Work work) throws Exception {
        return records(extract(work));
    }

    public List<String> records(Result result) throws Exception {
        return lines(manifest(result).format(), manifest(result).parts());
    }

    public List<Reject> rejects(Result result) throws Exception {
        List<Reject> rejects = new ArrayList<>();
        for (String line : lines(Manifest.Format.NDJSON_GZIP, manifest(result).rejects())) {
            rejects.add(ObjectMapper.getDefault().readValue(line, Argument.of(Reject.class)));
        }
        return rejects;
    }

    /** What is staged of the log of batches. */
    public List<String> batches(Result result) throws IOException {
        List<String> lines = new ArrayList<>();
        Task task = result.task();
        for (String part : service.staging().list(Task.batches(task.run(), task.endpoint(), task.attempt()))) {
            try (InputStream in = Ndjson.decompress(
                    Manifest.Format.NDJSON_GZIP, service.staging().open(part))) {
                for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList()) {
                    Heartbeat.LogLine said =
                            ObjectMapper.getDefault().readValue(line, Argument.of(Heartbeat.LogLine.class));
                    lines.add(said.level() + " " + said.message());
                }
            }
        }
        return lines;
    }

    public Manifest manifest(Result result) throws IOException {
        assertThat(result.outcome()).isInstanceOf(Outcome.Staged.class);
        Outcome.Staged staged = (Outcome.Staged) result.outcome();
        try (InputStream in = service.staging().open(staged.manifest())) {
            Manifest manifest = ObjectMapper.getDefault().readValue(in.readAllBytes(), Argument.of(Manifest.class));
            assertThat(manifest.counts()).isEqualTo(staged.counts());
            return manifest;
        }
    }

    private List<String> lines(Manifest.Format format, List<Part> parts) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Part part : parts) {
            try (InputStream in = Ndjson.decompress(format, service.staging().open(part))) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(text).endsWith("\n");
                List<String> ofPart =
                        List.of(text.substring(0, text.length() - 1).split("\n", -1));
                assertThat(ofPart).hasSize((int) part.rows());
                lines.addAll(ofPart);
            }
        }
        return lines;
    }

    public void secret(String name, String value) throws IOException {
        Files.writeString(folder.resolve("secrets").resolve(name), value);
    }

    /** All files in staging and scratch, unpacked. */
    public String everythingWritten() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String name : List.of("staging", "scratch")) {
            try (Stream<Path> files = Files.walk(folder.resolve(name))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    try (InputStream in = Files.newInputStream(file)) {
                        all.append(new String(unpacked(file, in).readAllBytes(), StandardCharsets.UTF_8));
                    }
                }
            }
        }
        return all.toString();
    }

    private static InputStream unpacked(Path file, InputStream in) throws IOException {
        String name = file.toString();
        if (name.endsWith(".gz")) {
            return Ndjson.decompress(Manifest.Format.NDJSON_GZIP, in);
        }
        return name.endsWith(".zst") ? Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, in) : in;
    }

    @Override
    public void close() {
        service.close();
        gateway.close();
    }
}
