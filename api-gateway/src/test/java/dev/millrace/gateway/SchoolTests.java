package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.task.Step;
import dev.millrace.task.Task;
import java.time.Duration;
import java.util.Map;

/** Tests of a gateway with the pipeline {@code school}. */
abstract class SchoolTests extends GatewayTests {
    static final String PIPELINE = """
            version: 1
            name: school
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              students:
                request: {path: /students}
                destination: {table: school.students, write: append}
                rejects: {maxShare: 0.1}
                schema: [{name: id, type: INTEGER}]
              pupils:
                request: {path: /pupils}
                destination: {table: school.students, write: append}
                schema: [{name: id, type: INTEGER}]
              daily:
                request: {path: "/daily", query: {day: "${day}"}}
                destination: {table: school.daily, write: replace}
                day: {column: day}
                schema: [{name: day, type: DATE}]
            """;
    static final String STUDENTS = "/api/v1/pipelines/school/endpoints/students/runs";
    static final Duration SHORT_LEASE = Duration.ofMillis(600);

    SchoolTests() {
        super("school", PIPELINE);
    }

    /** Services that keep silent lose their tasks soon. */
    final GatewayUnderTest impatientGateway() {
        return gateway(Map.of("millrace.gateway.lease", SHORT_LEASE.toString()));
    }

    static String start(GatewayUnderTest gateway) {
        GatewayUnderTest.Answer answer = gateway.post(STUDENTS, "{}");
        assertThat(answer.status()).isEqualTo(202);
        return answer.runId();
    }

    final Task untilLoading() {
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        return services.next(Step.LOAD);
    }

    /** The task as it is reported when all gateways have one address, as behind a Kubernetes Service. */
    static Task at(Task task, GatewayUnderTest gateway) {
        return new Task(
                task.id(),
                task.run(),
                task.attempt(),
                task.pipeline(),
                task.endpoint(),
                task.day(),
                task.credentials(),
                gateway.url().resolve(task.callback().getPath()),
                task.heartbeat(),
                task.traceparent(),
                task.work());
    }
}
