package dev.millrace.task;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.MDC;

/** The fields that every log line of a thread carries about its attempt or run, until this is closed. */
public final class LogContext implements AutoCloseable {
    private final List<MDC.MDCCloseable> entries = new ArrayList<>();

    private LogContext() {}

    public static LogContext of(Task task) {
        LogContext context = of(task.run(), task.pipeline(), task.endpoint());
        context.put("step", task.work().step().folder());
        context.put("attempt", Integer.toString(task.attempt()));
        return context;
    }

    public static LogContext of(String run, String pipeline, String endpoint) {
        LogContext context = new LogContext();
        context.put("run", run);
        context.put("pipeline", pipeline);
        context.put("endpoint", endpoint);
        context.put("trace_id", RunTrace.id(run));
        return context;
    }

    private void put(String key, String value) {
        entries.add(MDC.putCloseable(key, value));
    }

    @Override
    public void close() {
        entries.forEach(MDC.MDCCloseable::close);
    }
}
