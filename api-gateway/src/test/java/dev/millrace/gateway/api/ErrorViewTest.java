package dev.millrace.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.ErrorCode;
import org.junit.jupiter.api.Test;

class ErrorViewTest {
    @Test
    void saysWhoMustActAndWhetherARetryHelps() {
        assertThat(RunView.ErrorView.of("STAGING_UNAVAILABLE", "the disk is full"))
                .isEqualTo(new RunView.ErrorView(
                        "STAGING_UNAVAILABLE", "the disk is full", ErrorCode.Actor.OPERATOR, ErrorCode.Retry.LATER));
    }

    @Test
    void aCodeThatANewerVersionHasStoredIsShownWithoutAdvice() {
        assertThat(RunView.ErrorView.of("MADE_LATER", "by a newer gateway"))
                .isEqualTo(new RunView.ErrorView("MADE_LATER", "by a newer gateway", null, null));
    }
}
