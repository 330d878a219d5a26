package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.process.Service;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Places among the calls that a service makes in a run. */
final class Points {
    /** Ids of runs and of jobs, the parts of names that come from them, and times. */
    private static final Pattern ID =
            Pattern.compile("[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f_-]{10,}|[0-9]{8}T[0-9]{9}Z");

    /** The path of an object in Cloud Storage's JSON API, with its name encoded as one part. */
    private static final Pattern OBJECT = Pattern.compile("(/storage/v1/b/[^/]+/o/)[^/]+");

    private Points() {}

    /**
     * One of them.
     *
     * @param like what the paths of such calls look like in any run
     * @param skip calls that look the same before it
     */
    record Point(Service service, String method, String shown, Pattern like, int skip)
            implements Predicate<Relay.Call> {
        @Override
        public boolean test(Relay.Call call) {
            return call.method().equals(method)
                    && like.matcher(withoutQuery(call.path())).matches();
        }

        @Override
        public String toString() {
            return "call " + (skip + 1) + " of " + method + " " + shown + " by the " + service.id();
        }
    }

    /**
     * Those of a run that changed something, and of those that only look the first of each kind. Objects are deleted one
     * after the other when a run has ended, all in the same way: of these calls the first and the last.
     *
     * @param dataset of the run's table
     * @param folder of staging
     */
    static List<Point> of(Service service, List<Relay.Call> calls, String dataset, String folder) {
        Map<String, Integer> seen = new HashMap<>();
        List<Point> points = new ArrayList<>();
        long deletions = calls.stream().filter(Points::deletesObject).count();
        for (Relay.Call call : calls) {
            String marked = deletesObject(call)
                    ? OBJECT.matcher(withoutQuery(call.path())).replaceFirst("$1\0")
                    : ID.matcher(withoutQuery(call.path()).replace(dataset, "\0"))
                            .replaceAll("\0");
            String like =
                    Arrays.stream(marked.split("\0", -1)).map(Pattern::quote).collect(Collectors.joining("[^/]+"));
            int before = seen.merge(call.method() + like, 1, Integer::sum) - 1;
            boolean between = deletesObject(call) && before < deletions - 1;
            if (before == 0 || (call.changes() && !between)) {
                String shown = URLDecoder.decode(marked.replace("\0", "…"), StandardCharsets.UTF_8)
                        .replace(folder + "/", "");
                points.add(new Point(service, call.method(), shown, Pattern.compile(like), before));
            }
        }
        return points;
    }

    private static boolean deletesObject(Relay.Call call) {
        return call.method().equals("DELETE")
                && OBJECT.matcher(withoutQuery(call.path())).matches();
    }

    private static String withoutQuery(String path) {
        int query = path.indexOf('?');
        return query < 0 ? path : path.substring(0, query);
    }
}
