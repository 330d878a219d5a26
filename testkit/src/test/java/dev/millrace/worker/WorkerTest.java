package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.Write;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.Permission;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.RecordedGateway;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

@Timeout(120)
class WorkerTest {
    private static final Work WORK = new Work.Extract(
            new FileSource("/data"),
            new FileRead(new FileSelection("*", new Format.Ndjson(), Missing.FAIL), null),
            List.of(),
            Work.Parts.TO_TRANSFORM);

    @TempDir
    Path staging;

    private RecordedGateway gateway;
    private ServiceUnderTest service;
    private ScriptedHandler handler;

    @BeforeEach
    void start() throws IOException {
        gateway = new RecordedGateway();
        service = service();
        handler = service.context().getBean(ScriptedHandler.class);
    }

    @AfterEach
    void stop() {
        service.close();
        gateway.close();
    }

    @Test
    void whatTheHandlersThreadLogsSaysWhichAttemptItIsAbout() throws InterruptedException {
        AtomicReference<Map<String, String>> seen = new AtomicReference<>();
        handler.does((task, context) -> {
            seen.set(MDC.getCopyOfContextMap());
            return ScriptedHandler.DONE;
        });
        Task task = gateway.task("run", WORK);

        service.post(task);
        gateway.report(task);

        assertThat(seen.get())
                .containsAllEntriesOf(Map.of(
                        "run", "run", "pipeline", "test", "endpoint", "rows", "step", "extract", "attempt", "1"));
    }

    @Test
    void reportsTheOutcomeWithTheLastProgressAndLog() throws InterruptedException {
        handler.does((task, context) -> {
            context.total(10);
            context.progress(7, 70);
            context.warn("three are missing");
            return ScriptedHandler.DONE;
        });
        Task task = gateway.task("run", WORK);

        assertThat(service.post(task)).isEqualTo(202);
        Report report = gateway.report(task);

        assertThat(report.outcome()).isEqualTo(ScriptedHandler.DONE);
        assertThat(report.last().records()).isEqualTo(7);
        assertThat(report.last().bytes()).isEqualTo(70);
        assertThat(report.last().total()).isEqualTo(10);
        assertThat(report.last().log())
                .extracting(Heartbeat.LogLine::level, Heartbeat.LogLine::message)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Heartbeat.Level.WARN, "three are missing"));
    }

    @Test
    void tellsTheGatewayOfItsProgressWhileItWorks() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        handler.does((task, context) -> {
            context.progress(3, 30);
            context.info("page 1");
            end.await();
            return ScriptedHandler.DONE;
        });
        Task task = gateway.task("run", WORK);

        service.post(task);
        await().until(() -> !gateway.heartbeats().isEmpty());
        end.countDown();

        assertThat(gateway.outcome(task)).isEqualTo(ScriptedHandler.DONE);
        assertThat(gateway.heartbeats().getFirst().records()).isEqualTo(3);
        assertThat(gateway.heartbeats().stream().flatMap(heartbeat -> heartbeat.log().stream()))
                .extracting(Heartbeat.LogLine::message)
                .containsExactly("page 1");
    }

    @Test
    void keepsTheLogOfAHeartbeatThatGotNoAnswer() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        handler.does((task, context) -> {
            context.info("page 1");
            end.await();
            return ScriptedHandler.DONE;
        });
        gateway.goDown(2);
        Task task = gateway.task("run", WORK);

        service.post(task);
        await().until(() -> !gateway.heartbeats().isEmpty());
        end.countDown();
        Report report = gateway.report(task);

        assertThat(java.util.stream.Stream.concat(
                        gateway.heartbeats().stream().flatMap(heartbeat -> heartbeat.log().stream()),
                        report.last().log().stream()))
                .extracting(Heartbeat.LogLine::message)
                .containsExactly("page 1");
    }

    @Test
    void offersTheOutcomeUntilTheGatewayIsBack() throws InterruptedException {
        gateway.goDown(3);
        Task task = gateway.task("run", WORK);

        assertThat(service.run(gateway, task)).isEqualTo(ScriptedHandler.DONE);
    }

    @Test
    void stopsWhenTheGatewaySaysSoAndReportsNothing() throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        handler.does((task, context) -> {
            try {
                new CountDownLatch(1).await();
            } finally {
                stopped.countDown();
            }
            return ScriptedHandler.DONE;
        });
        gateway.stopEverything();
        Task task = gateway.task("run", WORK);

        service.post(task);
        stopped.await();
        service.close();

        assertThat(gateway.reports(task)).isEmpty();
    }

    @Test
    void runsAnAttemptOnceThoughItIsPostedTwiceAndToTwoReplicas() throws InterruptedException {
        Task task = gateway.task("run", WORK);
        ScriptedHandler other;
        try (ServiceUnderTest replica = service()) {
            other = replica.context().getBean(ScriptedHandler.class);

            assertThat(service.post(task)).isEqualTo(202);
            assertThat(replica.post(task)).isEqualTo(202);
            assertThat(service.post(task)).isEqualTo(202);
            gateway.outcome(task);
        }
        service.close();

        assertThat(handler.calls() + other.calls()).isEqualTo(1);
        assertThat(gateway.reports(task)).isEmpty();
    }

    @Test
    void refusesATaskWhenItIsFull() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        handler.does((task, context) -> {
            end.await();
            return ScriptedHandler.DONE;
        });
        Task first = gateway.task("first", WORK);
        Task second = gateway.task("second", WORK);
        Task third = gateway.task("third", WORK);

        assertThat(service.post(first)).isEqualTo(202);
        assertThat(service.post(second)).isEqualTo(202);
        assertThat(service.post(third)).isEqualTo(429);
        end.countDown();
        gateway.outcome(first);
        gateway.outcome(second);

        await().until(() -> service.post(third) == 202);
        assertThat(gateway.outcome(third)).isEqualTo(ScriptedHandler.DONE);
    }

    @Test
    void hasRoomAgainWhenItsWorkIsDoneThoughNobodyHasHeardOfItYet() throws InterruptedException {
        gateway.goDown(Integer.MAX_VALUE);
        Task first = gateway.task("first", WORK);
        Task second = gateway.task("second", WORK);
        Task third = gateway.task("third", WORK);

        assertThat(service.post(first)).isEqualTo(202);
        assertThat(service.post(second)).isEqualTo(202);
        await().until(() -> service.post(third) == 202);
        assertThat(gateway.reports(first)).isEmpty();
        gateway.goDown(0);

        for (Task task : List.of(first, second, third)) {
            assertThat(gateway.outcome(task)).isEqualTo(ScriptedHandler.DONE);
        }
    }

    @Test
    void handsItsWorkBackWhenItShutsDown() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        handler.worksUntilInterrupted(started);
        Task task = gateway.task("run", WORK);

        service.post(task);
        started.await();
        service.close();

        assertThat(gateway.reports(task)).extracting(Report::outcome).containsExactly(new Outcome.Released());
    }

    @Test
    void reportsAFailureWithItsReason() throws InterruptedException {
        handler.does((task, context) -> {
            throw new MillraceException(ErrorCode.SOURCE_EMPTY, "no file matches *.csv");
        });

        assertThat(service.run(gateway, gateway.task("run", WORK)))
                .isEqualTo(new Outcome.Failed(ErrorCode.SOURCE_EMPTY, "no file matches *.csv"));
    }

    @Test
    void aTaskOfAnotherServiceFailsBeforeItGetsToTheHandler() throws InterruptedException {
        Destination.Table table =
                new Destination.Table("school.totals", Write.REPLACE, List.of(), Destination.Empty.FAIL);
        Work load = new Work.Model("load", 1, table, "SELECT 1 AS n");

        Task task = gateway.task("run", load);
        assertThat(service.post("/tasks", new Permission(Step.EXTRACT.service(), task.subject()), task)
                        .status())
                .isEqualTo(202);
        assertThat(gateway.outcome(task))
                .isEqualTo(
                        new Outcome.Failed(ErrorCode.REQUEST_INVALID, "this service was given a task of the loader"));
        assertThat(handler.calls()).isZero();
    }

    @Test
    void saysNothingThatTheHandlerMasks() throws InterruptedException {
        Task task = gateway.task("run", WORK);
        handler.does((_, context) -> {
            context.maskWith(text -> text.replace("hunter2", "***"));
            context.warn("sent hunter2");
            throw new MillraceException(ErrorCode.SOURCE_REFUSED, "401: no hunter2");
        });

        assertThat(service.post(task)).isEqualTo(202);
        Report report = gateway.report(task);

        assertThat(report.outcome()).isEqualTo(new Outcome.Failed(ErrorCode.SOURCE_REFUSED, "401: no ***"));
        assertThat(report.last().log()).extracting(Heartbeat.LogLine::message).containsExactly("sent ***");
    }

    @Test
    void reportsADefectWithoutItsMessageWhichMayQuoteASecret() throws InterruptedException {
        handler.does((task, context) -> {
            throw new AssertionError("hunter2");
        });

        assertThat(service.run(gateway, gateway.task("run", WORK)))
                .isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
                    assertThat(failed.code()).isEqualTo(ErrorCode.INTERNAL);
                    assertThat(failed.detail()).contains("AssertionError").doesNotContain("hunter2");
                });
    }

    @Test
    void reportsThatStagingIsBroken() throws InterruptedException, IOException {
        Task task = gateway.task("run", WORK);
        java.nio.file.Files.writeString(staging.resolve("runs"), "a file where a folder belongs");

        assertThat(service.run(gateway, task))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.STAGING_UNAVAILABLE));
        assertThat(handler.calls()).isZero();
    }

    @Test
    void refusesATaskWithTheTokenOfAnother() throws InterruptedException {
        Task task = gateway.task("run", WORK);

        assertThat(service.post("/tasks", new Permission("extractor", "task:another/1"), task)
                        .status())
                .isEqualTo(403);
        assertThat(handler.calls()).isZero();
    }

    @Test
    void refusesATaskWithATokenForAnotherService() throws InterruptedException {
        Task task = gateway.task("run", WORK);

        assertThat(service.post("/tasks", new Permission("loader", task.subject()), task)
                        .status())
                .isEqualTo(401);
        assertThat(handler.calls()).isZero();
    }

    @Test
    void answersACallWithoutATokenWithAProblem() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> answer = http.send(
                    HttpRequest.newBuilder(tasks())
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("{}", StandardCharsets.UTF_8))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            Problem problem = ObjectMapper.getDefault().readValue(answer.body(), Argument.of(Problem.class));

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue(Problem.MEDIA_TYPE);
            assertThat(problem).isNotNull();
            assertThat(problem.code()).isEqualTo("UNAUTHORIZED");
            assertThat(problem.status()).isEqualTo(401);
        }
    }

    @Test
    void answersABodyThatIsNoTaskWithAProblem() throws InterruptedException {
        var answer = service.post("/tasks", new Permission("extractor", "task:run/1"), Map.of("id", "run"));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.as(Problem.class).code()).isEqualTo("REQUEST_INVALID");
    }

    private URI tasks() {
        return service.url().resolve("/tasks");
    }

    private ServiceUnderTest service() {
        return ServiceUnderTest.start(
                Step.EXTRACT,
                staging,
                Map.of("scripted-handler", true, "millrace.service.name", "extractor", "millrace.worker.capacity", 2));
    }
}
