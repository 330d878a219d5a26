package dev.millrace.staging;

import java.util.List;

/** Names of staged objects: relative, with forward slashes, on every store. */
public final class ObjectName {
    private ObjectName() {}

    /** @throws IllegalArgumentException when it could lead out of the store, or be no name on one of them */
    public static String check(String path) {
        List<String> segments = List.of(path.split("/", -1));
        if (path.isBlank() || segments.contains("") || segments.contains(".") || segments.contains("..")) {
            throw new IllegalArgumentException(
                    "path: '" + path + "' (expected: a relative name such as runs/1/manifest.json)");
        }
        return path;
    }

    /** The same for what names start with, which may end anywhere. */
    public static String checkPrefix(String prefix) {
        int slash = prefix.lastIndexOf('/');
        if (slash >= 0) {
            check(prefix.substring(0, slash));
        }
        return prefix;
    }
}
