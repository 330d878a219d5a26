package dev.millrace.standalone.cloud.verify;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the checks have found so far. */
final class Report {
    private static final Logger LOG = LoggerFactory.getLogger(Report.class);

    private final List<Result> results = new ArrayList<>();
    private final Consumer<Result> each;

    /** @param each told of each result as soon as it is known */
    Report(Consumer<Result> each) {
        this.each = each;
    }

    /** Something to be checked. */
    interface Step {
        /** @return what was seen, in words */
        String see() throws Exception;
    }

    /**
     * Takes a step; whatever it throws is a failed check, but an interruption.
     *
     * @return whether it passed
     */
    boolean check(String check, String what, Step step) throws InterruptedException {
        long started = System.nanoTime();
        Result result;
        try {
            String seen = step.see();
            result = new Result(check, what, true, seen, since(started));
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.warn("{}, {} failed", check, what, e);
            String message = e.getMessage();
            result = new Result(
                    check, what, false, message == null ? e.toString() : message.replace('\n', ' '), since(started));
        }
        results.add(result);
        each.accept(result);
        return result.passed();
    }

    private static long since(long started) {
        return Duration.ofNanos(System.nanoTime() - started).toMillis();
    }

    List<Result> results() {
        return List.copyOf(results);
    }
}
