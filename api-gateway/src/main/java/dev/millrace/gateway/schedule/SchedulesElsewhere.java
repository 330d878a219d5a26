package dev.millrace.gateway.schedule;

import dev.millrace.pipeline.Schedule;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.annotation.Bean;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Set;

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

    @Override
    public boolean starts(Schedule schedule, Instant due) {
        return false;
    }

    @Override
    public Set<String> held() {
        return Set.of();
    }

    private static MillraceException unknown() {
        return new MillraceException(
                ErrorCode.SCHEDULES_ELSEWHERE,
                "this gateway neither follows schedules nor sees who does (millrace.gateway.schedules.type is none)");
    }
}
