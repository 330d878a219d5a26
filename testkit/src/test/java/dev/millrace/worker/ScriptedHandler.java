package dev.millrace.worker;

import dev.millrace.staging.Counts;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Does what a test says; there is one only where a test asks for it. */
@Singleton
@Requires(property = "scripted-handler")
final class ScriptedHandler implements TaskHandler<Work.Extract> {
    static final Outcome DONE = new Outcome.Staged("runs/1/manifest.json", new Counts(1, 1, 0, 0), null);

    private final AtomicInteger calls = new AtomicInteger();
    private volatile Script script = (task, context) -> DONE;

    /** What to do with a task. */
    interface Script {
        Outcome of(Task task, TaskContext context) throws Exception;
    }

    void does(Script next) {
        script = next;
    }

    /** Works until it is interrupted, and counts down {@code started} when it has begun. */
    void worksUntilInterrupted(CountDownLatch started) {
        does((task, context) -> {
            started.countDown();
            new CountDownLatch(1).await();
            return DONE;
        });
    }

    int calls() {
        return calls.get();
    }

    @Override
    public Class<Work.Extract> work() {
        return Work.Extract.class;
    }

    @Override
    public Outcome handle(Task task, Work.Extract work, TaskContext context) throws Exception {
        calls.incrementAndGet();
        return script.of(task, context);
    }
}
