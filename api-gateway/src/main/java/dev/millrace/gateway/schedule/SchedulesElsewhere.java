package dev.millrace.gateway.schedule;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.annotation.Bean;
import jakarta.inject.Singleton;
import java.util.List;

/** Nothing is known of them. */
@Singleton
@Bean(typed = SchedulesElsewhere.class)
final class SchedulesElsewhere implements Schedules {
    @Override
    public List<Entry> all() {
        throw unknown();
    }

    @Override
    public Entry set(String pipeline, String endpoint, State state) {
        throw unknown();
    }

    private static MillraceException unknown() {
        return new MillraceException(
                ErrorCode.SCHEDULES_ELSEWHERE,
                "this gateway neither follows schedules nor sees who does (millrace.gateway.schedules.type is none)");
    }
}
