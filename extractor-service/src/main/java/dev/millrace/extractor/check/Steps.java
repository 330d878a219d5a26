package dev.millrace.extractor.check;

import dev.millrace.problem.MillraceException;
import dev.millrace.task.Checks;
import dev.millrace.worker.StoppedException;
import dev.millrace.worker.TaskContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The steps of a check, timed, up to the first that fails. For one thread. */
public final class Steps {
    private final TaskContext context;
    private final List<Checks.Check> done = new ArrayList<>();

    public Steps(TaskContext context) {
        this.context = context;
    }

    /** Something that is tried. */
    public interface Action<T> {
        /** @throws MillraceException with the reason */
        T run() throws IOException, InterruptedException;
    }

    /** Says that a step has failed, so that none follows. */
    public static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Failed(Throwable cause) {
            super(cause);
        }
    }

    /** A step of the source, the same for all of its endpoints. */
    public <T> T ofSource(String step, Action<T> action, Function<T, String> seen) {
        return take(step, true, action, seen);
    }

    /** A step of the endpoint. */
    public <T> T ofEndpoint(String step, Action<T> action, Function<T, String> seen) {
        return take(step, false, action, seen);
    }

    private <T> T take(String step, boolean ofSource, Action<T> action, Function<T, String> seen) {
        long began = System.nanoTime();
        try {
            T result = action.run();
            add(step, ofSource, true, began, seen.apply(result));
            return result;
        } catch (MillraceException e) {
            add(step, ofSource, false, began, e.code() + ": " + e.detail());
            throw new Failed(e);
        } catch (IOException e) {
            add(
                    step,
                    ofSource,
                    false,
                    began,
                    e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
            throw new Failed(e);
        } catch (InterruptedException | StoppedException e) {
            boolean _ = Thread.interrupted(); // the answer is still to be given
            add(step, ofSource, false, began, "no end in time");
            throw new Failed(e);
        }
    }

    private void add(String step, boolean ofSource, boolean passed, long began, String seen) {
        done.add(new Checks.Check(
                step, ofSource, passed, (System.nanoTime() - began) / 1_000_000, context.masked(seen)));
    }

    public Checks checks() {
        return new Checks(done);
    }
}
