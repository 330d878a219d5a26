package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** The number of records that an API declares for the whole collection: what its pages hold must equal it. */
final class DeclaredTotal {
    private final @Nullable JsonPath path;
    private final Requests requests;
    private @Nullable Long declared;
    private long records;

    /** @param path of the number in each answer; null: the API declares none */
    DeclaredTotal(@Nullable String path, Requests requests) {
        this.path = path == null ? null : JsonPath.of(path);
        this.requests = requests;
    }

    List<JsonPath> paths() {
        return path == null ? List.of() : List.of(path);
    }

    /** Null as long as none was declared. */
    @Nullable
    Long declared() {
        return declared;
    }

    /** @throws MillraceException when the page declares another total than the one before it, or none */
    void add(Page page) {
        records += page.records();
        if (path == null) {
            return;
        }
        String text = page.values().get(path);
        if (text == null) {
            if (page.records() == 0) {
                return;
            }
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, page.name() + " declares no total at '" + path + "'");
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + ": '" + path + "' is '" + requests.shown(text)
                            + "' (expected: the number of records)");
        }
        Long total = Long.valueOf(text);
        if (declared != null && !declared.equals(total)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " declares " + total + " records in '" + path + "', the page before it " + declared
                            + ": the data changed while it was read");
        }
        declared = total;
    }

    /** Whether as many records have come as were declared. */
    boolean isReached() {
        return declared != null && records >= declared;
    }

    /** @throws MillraceException when there are no more pages, and another number of records than declared */
    void settle() {
        if (declared != null && records != declared) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    "the API declares " + declared + " records in '" + path + "', but its pages hold " + records
                            + (records > declared ? " or more" : ""));
        }
    }
}
