package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One pipeline file: a source and the endpoints that are read from it. Immutable; read it with {@link PipelineReader}.
 *
 * @param endpoints by name, in the order of the file; never empty
 */
@Serdeable
@Doc("A pipeline: one source, and the endpoints that are loaded from it.")
public record Pipeline(
        @Doc("Version of this file format.") int version,

        @Doc("Name of the pipeline: lower case letters, digits, _ and -.")
        String name,

        @Doc("What the pipeline is for.") @Nullable String description,

        @Doc("Name of the Google credentials with which this pipeline's secrets are read and its tables are written.")
        @Nullable
        String credentials,

        @Doc("Where the data comes from.") Source source,
        @Doc("What is loaded, by name.") Map<String, Endpoint> endpoints) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Pattern CREDENTIALS = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final String NAME_RULE = "a lower case letter, then up to 62 of a-z, 0-9, _ and -";

    public Pipeline {
        Checks checks = new Checks();
        checks.that(version == 1, "version", version, "1");
        checks.that(NAME.matcher(name).matches(), "name", name, NAME_RULE);
        checks.that(
                credentials == null || CREDENTIALS.matcher(credentials).matches(),
                "credentials",
                String.valueOf(credentials),
                "a lower case letter, then up to 62 of a-z, 0-9 and -");
        checks.that(!endpoints.isEmpty(), "endpoints", "none", "at least one endpoint");
        endpoints = Ordered.copy(endpoints);
        Map<String, String> tables = new HashMap<>();
        for (Map.Entry<String, Endpoint> entry : endpoints.entrySet()) {
            String field = "endpoints." + entry.getKey();
            Endpoint endpoint = entry.getValue();
            checks.that(NAME.matcher(entry.getKey()).matches(), field, entry.getKey(), NAME_RULE);
            switch (source) {
                case Source.Rest rest -> {
                    checks.that(
                            endpoint.request() != null,
                            field + ".request",
                            "nothing",
                            "a request: a source of type rest needs one");
                    checks.that(
                            endpoint.files() == null,
                            field + ".files",
                            "files",
                            "request: files belong to a source of type files");
                }
                case Source.Files files -> {
                    checks.that(
                            endpoint.files() != null,
                            field + ".files",
                            "nothing",
                            "files: a source of type files needs them");
                    checks.that(
                            endpoint.request() == null,
                            field + ".request",
                            "request",
                            "files: a request belongs to a source of type rest");
                    checks.that(
                            endpoint.pagination() instanceof Pagination.None,
                            field + ".pagination",
                            "pagination",
                            "none: only a source of type rest has pages");
                }
            }
            String table = endpoint.destination().table();
            String other = tables.putIfAbsent(table, entry.getKey());
            checks.that(
                    other == null || !(replacesWhole(endpoint) || replacesWhole(endpoints.get(other))),
                    field + ".destination.table",
                    table,
                    "a table of its own: endpoint " + other
                            + " writes to it too, and one of them replaces it as a whole");
        }
        checks.done();
    }

    private static boolean replacesWhole(@Nullable Endpoint endpoint) {
        return endpoint != null && endpoint.destination().write() == Write.REPLACE && endpoint.day() == null;
    }
}
