package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ForEachOnCloudStorageTest {
    @Test
    void anAttemptGoesOnBehindTheListsOfTheOneBefore(@TempDir Path folder) throws Exception {
        AtomicInteger until = new AtomicInteger(15);
        try (GcpEmulator google = GcpEmulator.start(folder.resolve("gcp"));
                FakeApi api = new FakeApi((exchange, _) -> {
                    int list =
                            Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
                    if (list > until.get()) {
                        FakeApi.error(exchange, 404, "not yet");
                    } else {
                        FakeApi.json(exchange, "[{\"id\":" + list + "}]");
                    }
                })) {
            google.buckets().create("staging");
            try (ExtractorUnderTest extractor = new ExtractorUnderTest(
                    folder.resolve("extractor"),
                    Map.of(
                            "millrace.staging.type", "gcs",
                            "millrace.staging.bucket", "staging",
                            "millrace.staging.prefix", "some/where",
                            "millrace.gcp.authentication", "none",
                            "millrace.gcp.storage-host", google.http().toString()))) {
                Work work = new Work.ExtractEach(api.endpoint(
                        "forEach: {range: {from: 1, to: 20}, as: list, parallel: 4}\nrequest: {path: \"/${list}\"}"));
                Task first = extractor.task(work, null);
                assertThat(extractor.extract(first).failure(ErrorCode.SOURCE_REFUSED))
                        .contains("/16: 404");
                until.set(20);
                Task second = extractor.gateway().task(first.run(), 2, null, work);
                assertThat(extractor.records(extractor.extract(second)))
                        .containsExactlyElementsOf(IntStream.rangeClosed(1, 20)
                                .mapToObj(list -> "{\"list\":" + list + ",\"id\":" + list + "}")
                                .toList());
                assertThat(api.requests()).containsOnlyOnce("GET /1", "GET /15").contains("GET /20");
            }
        }
    }
}
