package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** A number about the whole list that each answer declares: of its records, or of its pages. */
final class DeclaredNumber {
    private final @Nullable JsonPath path;
    private final @Nullable String header;
    private final String what;
    private final Requests requests;
    private @Nullable Long declared;

    /**
     * @param path of the number in each answer
     * @param header that holds it instead; neither: none is declared
     * @param what is counted, such as {@code records}
     */
    DeclaredNumber(@Nullable String path, @Nullable String header, String what, Requests requests) {
        this.path = path == null ? null : JsonPath.of(path);
        this.header = header;
        this.what = what;
        this.requests = requests;
    }

    List<JsonPath> paths() {
        return path == null ? List.of() : List.of(path);
    }

    boolean isDeclared() {
        return path != null || header != null;
    }

    /** Null as long as none was declared. */
    @Nullable
    Long value() {
        return declared;
    }

    /** Where it is, for messages. */
    String place() {
        return path != null ? "'" + path + "'" : "the header '" + header + "'";
    }

    /** @throws MillraceException when the page declares another number than the one before it, or none */
    void read(Page page) {
        if (!isDeclared()) {
            return;
        }
        String text = path != null
                ? page.values().get(path)
                : page.head()
                        .headers()
                        .firstValue(String.valueOf(header))
                        .map(String::strip)
                        .orElse(null);
        if (text == null) {
            if (page.records() == 0) {
                return;
            }
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + " declares no " + (what.equals("records") ? "total" : "number of " + what) + " at "
                            + place());
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + ": " + place() + " is '" + requests.shown(text) + "' (expected: the number of " + what
                            + ")");
        }
        Long number = Long.valueOf(text);
        if (declared != null && !declared.equals(number)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " declares " + number + " " + what + " in " + place() + ", the page before it "
                            + declared + ": the data changed while it was read");
        }
        declared = number;
    }
}
