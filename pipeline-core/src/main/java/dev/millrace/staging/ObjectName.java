package dev.millrace.staging;

import java.util.List;

/** Names of staged objects: relative, with forward slashes, on every store. */
final class ObjectName {
    private ObjectName() {}

    static String check(String path) {
        List<String> segments = List.of(path.split("/", -1));
        if (path.isBlank() || segments.contains("") || segments.contains(".") || segments.contains("..")) {
            throw new IllegalArgumentException(
                    "path: '" + path + "' (expected: a relative name such as runs/1/manifest.json)");
        }
        return path;
    }
}
