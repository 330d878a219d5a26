package dev.millrace.extractor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Source;
import dev.millrace.pipeline.TablePattern;
import dev.millrace.problem.Problem;
import dev.millrace.service.Permission;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.task.Checks;
import dev.millrace.task.Sample;
import dev.millrace.task.SourceTables;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.ServiceUnderTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Samples of the service, as the gateway asks for them. */
public final class SampleUnderTest {
    private final ExtractorUnderTest extractor;

    public SampleUnderTest(ExtractorUnderTest extractor) {
        this.extractor = extractor;
    }

    public Sample take(Work work, int records) throws InterruptedException {
        return take(extractor.task(work, null), records);
    }

    /** With a format that is proposed, where that of the work says nothing. */
    public Sample propose(Work work, int records) throws InterruptedException {
        Task task = extractor.task(work, null);
        return sample(ask(task, new Sample.Wanted(task, records, true)));
    }

    public Sample take(Task task, int records) throws InterruptedException {
        return sample(ask(task, records));
    }

    private static Sample sample(ServiceUnderTest.Answer answer) {
        assertThat(answer.status())
                .as(() -> answer.as(Problem.class).toString())
                .isEqualTo(200);
        return answer.as(Sample.class);
    }

    /** What is said in the place of one. */
    public Problem refusal(Work work, int records) throws InterruptedException {
        ServiceUnderTest.Answer answer = ask(extractor.task(work, null), records);
        assertThat(answer.status()).isNotEqualTo(200);
        return answer.as(Problem.class);
    }

    private ServiceUnderTest.Answer ask(Task task, int records) throws InterruptedException {
        return ask(task, new Sample.Wanted(task, records));
    }

    private ServiceUnderTest.Answer ask(Task task, Sample.Wanted wanted) throws InterruptedException {
        return extractor.service().post("/samples", new Permission(Step.EXTRACT.service(), task.subject()), wanted);
    }

    /** What was tried, a line for each step without its time. */
    public List<String> check(Work work) throws InterruptedException {
        Task task = extractor.task(work, null);
        ServiceUnderTest.Answer answer = extractor
                .service()
                .post("/checks", new Permission(Step.EXTRACT.service(), task.subject()), new Sample.Wanted(task, 1));
        assertThat(answer.status()).isEqualTo(200);
        return answer.as(Checks.class).checks().stream()
                .map(check -> (check.passed() ? "ok " : "FAILED ") + check.step() + ": " + check.seen())
                .toList();
    }

    /** Tables of a source, as the gateway asks for them. */
    public List<SourceTables.Table> tables(Source source, String like, String... except) throws InterruptedException {
        ServiceUnderTest.Answer answer = extractor
                .service()
                .post(
                        "/tables",
                        new Permission(Step.EXTRACT.service(), SourceTables.SUBJECT),
                        new SourceTables.Wanted("shop", null, source, new TablePattern(like, List.of(except))));
        assertThat(answer.status())
                .as(() -> answer.as(Problem.class).toString())
                .isEqualTo(200);
        return answer.as(SourceTables.class).tables();
    }

    public static List<String> lines(Sample sample) throws IOException {
        try (InputStream in = Ndjson.decompress(
                Manifest.Format.NDJSON_ZSTD,
                new ByteArrayInputStream(Base64.getDecoder().decode(sample.lines())))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
