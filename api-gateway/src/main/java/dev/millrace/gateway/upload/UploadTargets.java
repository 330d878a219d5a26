package dev.millrace.gateway.upload;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Finds the table that a file is for, by the file's name. */
@Singleton
final class UploadTargets {
    private final PipelineCatalog catalog;

    UploadTargets(PipelineCatalog catalog) {
        this.catalog = catalog;
    }

    /** A table that files can be sent for. */
    record Target(PipelineCatalog.InForce inForce, String endpoint, Destination.Table table) {
        /** Without its dataset. */
        String name() {
            return table.table().substring(table.table().lastIndexOf('.') + 1);
        }

        Endpoint declared() {
            Endpoint endpoint = inForce.pipeline().endpoints().get(endpoint());
            if (endpoint == null) {
                throw new IllegalStateException("no endpoint " + endpoint());
            }
            return endpoint;
        }

        /** Why no file can be sent for it; null: one can. */
        private @Nullable String obstacle() {
            Endpoint endpoint = declared();
            if (endpoint.read().uploadedFile("", "", 1) == null) {
                return "its endpoint reads no CSV files";
            }
            if (endpoint.day() != null) {
                return "its endpoint loads single days, and a file may have rows of any";
            }
            if (!endpoint.furtherTables().isEmpty()) {
                return "its records fill further tables";
            }
            Destination.Deletes deletes = table.deletes();
            if (deletes != null && deletes.by() == Destination.Deletes.By.ABSENCE) {
                return "its endpoint deletes rows that are absent, which would be all others";
            }
            return null;
        }

        private String shown() {
            return table.table() + " (" + inForce.pipeline().name() + "/" + endpoint + ")";
        }
    }

    /**
     * The table with the longest name among those with which the file's name begins.
     *
     * @param file its name, without folders
     * @param table with its dataset, whatever the file is called; null: the file's name says it
     * @param caller who is told only of tables that the caller is good for
     * @throws MillraceException with {@code TABLE_UNKNOWN} when there is none, {@code UPLOAD_REFUSED} when it takes no
     *     files, {@code REQUEST_INVALID} when there are several
     */
    Target of(String file, @Nullable String table, Caller caller) {
        if (table == null && !file.toLowerCase(Locale.ROOT).endsWith(".csv")) {
            throw new MillraceException(
                    ErrorCode.UPLOAD_REFUSED, "'" + file + "' (expected: a CSV file whose name ends with .csv)");
        }
        List<Target> all = targets();
        List<Target> taking =
                all.stream().filter(target -> target.obstacle() == null).toList();
        List<Target> found = found(taking, file, table);
        if (found.size() > 1) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "'" + file + "' begins with the name of several tables: "
                            + found.stream().map(Target::shown).collect(Collectors.joining(", "))
                            + " (expected: the query parameter table, which says which)");
        }
        if (found.isEmpty()) {
            found(all, file, table).stream().findFirst().ifPresent(target -> {
                throw new MillraceException(
                        ErrorCode.UPLOAD_REFUSED,
                        "no file can be sent for " + target.shown() + ": " + target.obstacle());
            });
            throw new MillraceException(
                    ErrorCode.TABLE_UNKNOWN,
                    (table == null ? "'" + file + "' begins with the name of no table" : "no table '" + table + "'")
                            + " (expected: one of "
                            + taking.stream()
                                    .filter(target -> caller.scope()
                                                    .hasTable(target.table().table())
                                            || caller.scope()
                                                    .hasPipeline(target.inForce()
                                                            .pipeline()
                                                            .name()))
                                    .map(target -> table == null
                                            ? target.name()
                                            : target.table().table())
                                    .sorted()
                                    .distinct()
                                    .toList()
                            + ")");
        }
        return found.getFirst();
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (PipelineCatalog.InForce inForce : catalog.content().inForce().values()) {
            inForce.pipeline().endpoints().forEach((name, endpoint) -> {
                if (endpoint.destination() instanceof Destination.Table table) {
                    targets.add(new Target(inForce, name, table));
                }
            });
        }
        return targets;
    }

    private static List<Target> found(List<Target> targets, String file, @Nullable String table) {
        return table == null
                ? longest(targets, file)
                : targets.stream()
                        .filter(target -> target.table().table().equals(table))
                        .toList();
    }

    private static List<Target> longest(List<Target> targets, String file) {
        List<Target> matching = targets.stream()
                .filter(target -> file.startsWith(target.name()))
                .toList();
        int length = matching.stream()
                .map(target -> target.name().length())
                .max(Comparator.naturalOrder())
                .orElse(0);
        return matching.stream()
                .filter(target -> target.name().length() == length)
                .toList();
    }
}
