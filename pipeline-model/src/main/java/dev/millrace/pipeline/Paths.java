package dev.millrace.pipeline;

import java.util.List;

/** Dotted paths into a JSON document. */
public final class Paths {
    private Paths() {}

    public static void check(Checks checks, String field, String path) {
        boolean named = List.of(path.split("\\.", -1)).stream().noneMatch(String::isBlank);
        checks.that(named, field, path, "names with a point between them, such as admission.date");
    }
}
