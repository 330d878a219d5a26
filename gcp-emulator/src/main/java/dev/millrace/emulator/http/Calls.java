package dev.millrace.emulator.http;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * The calls that were made, in the order in which they were answered: each is here before its caller has the answer.
 * Safe for use by several threads.
 */
public final class Calls {
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    public void add(Call call) {
        calls.add(call);
    }

    public List<Call> all() {
        return List.copyOf(calls);
    }

    /** @param path a regular expression, found anywhere in the path with its query */
    public long count(String method, String path) {
        Pattern pattern = Pattern.compile(path);
        return calls.stream()
                .filter(call -> call.method().equals(method)
                        && pattern.matcher(call.path()).find())
                .count();
    }

    public void clear() {
        calls.clear();
    }
}
