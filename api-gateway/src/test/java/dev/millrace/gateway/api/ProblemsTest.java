package dev.millrace.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;

class ProblemsTest {
    @Test
    void aDatabaseThatFailsIsAnAnswerThatMayComeLaterWithTheStateThatItGave() {
        assertThat(answer(new IllegalStateException(new SQLException("gone", "08006"))))
                .isEqualTo(
                        "503 the run database doesn't answer as it should (SQLSTATE 08006); the call may be repeated");
    }

    @Test
    void noFreeConnectionHasNoState() {
        assertThat(answer(new IllegalStateException(new SQLTransientConnectionException("timed out"))))
                .isEqualTo("503 the run database doesn't answer as it should; the call may be repeated");
    }

    @Test
    void anythingElseIsAFaultOfOurs() {
        assertThat(answer(new IllegalStateException("no"))).isEqualTo("500 the gateway's log says more");
    }

    private static String answer(RuntimeException failure) {
        HttpResponse<Problem> answer = new Problems.Unexpected().handle(HttpRequest.GET("/api/v1/runs"), failure);
        return answer.code() + " " + answer.body().detail();
    }
}
