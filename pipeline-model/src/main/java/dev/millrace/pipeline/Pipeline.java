package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One pipeline file: a source, the endpoints that are read from it, models of what was loaded, and exports of these.
 * Immutable; read it with {@link PipelineReader}.
 *
 * @param after names of other pipelines; when all of them have succeeded anew, this one is started
 * @param endpoints by name, in the order of the file; never empty
 * @param models by name, in the order of the file; no name is an endpoint's
 * @param exports by name, in the order of the file; no name is an endpoint's or a model's
 * @param backups each of another table, which an endpoint, further table or model fills
 */
@Serdeable
@Doc("A pipeline: one source, the endpoints that are loaded from it, models of what was loaded, and exports.")
public record Pipeline(
        @Doc("Version of this file format.") int version,

        @Doc("Name of the pipeline: lower case letters, digits, _ and -.")
        String name,

        @Doc("What the pipeline is for.") @Nullable String description,

        @Doc("Name of the Google credentials with which this pipeline's secrets are read and its tables are written.")
        @Nullable
        String credentials,

        @Default("[]") @Doc("Other pipelines; when all of them have succeeded anew, this one is started.")
        List<String> after,

        @Doc("Where the data comes from.") Source source,
        @Doc("What is loaded, by name.") Map<String, Endpoint> endpoints,

        @Default("{}") @Doc("Tables that are made of loaded tables, by name.")
        Map<String, Model> models,

        @Default("{}") @Doc("Files that are written of tables, by name.")
        Map<String, Export> exports,

        @Default("[]") @Doc("Tables of this pipeline that are backed up on a schedule.")
        List<ScheduledBackup> backups)
        implements FileRules {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");
    private static final Pattern CREDENTIALS = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final String NAME_RULE = "a lower case letter, then up to 62 of a-z, 0-9, _ and -";

    public Pipeline {
        Checks checks = new Checks();
        checks.that(version == 1, "version", version, "1");
        checks.that(isName(name), "name", name, NAME_RULE);
        checks.that(
                credentials == null || CREDENTIALS.matcher(credentials).matches(),
                "credentials",
                String.valueOf(credentials),
                "a lower case letter, then up to 62 of a-z, 0-9 and -");
        checks.that(!endpoints.isEmpty(), "endpoints", "none", "at least one endpoint");
        after = List.copyOf(after);
        checks.that(new HashSet<>(after).size() == after.size(), "after", after, "each name once");
        for (int i = 0; i < after.size(); i++) {
            checks.that(isName(after.get(i)), "after[" + i + "]", after.get(i), NAME_RULE);
            checks.that(!after.get(i).equals(name), "after[" + i + "]", after.get(i), "another pipeline");
        }
        checks.done();
        endpoints = Ordered.copy(endpoints);
        models = Ordered.copy(models);
        exports = Ordered.copy(exports);
        backups = List.copyOf(backups);
    }

    @Override
    public void check(Checks checks) {
        for (String endpoint : endpoints.keySet()) {
            checks.that(isName(endpoint), "endpoints." + endpoint, endpoint, NAME_RULE);
        }
        models.keySet().forEach(model -> checks.that(isName(model), "models." + model, model, NAME_RULE));
        exports.keySet().forEach(export -> checks.that(isName(export), "exports." + export, export, NAME_RULE));
        Set<String> taken = new HashSet<>(endpoints.keySet());
        endpoints.forEach((endpoint, declared) -> declared.furtherTables()
                .keySet()
                .forEach(table -> {
                    String field = "endpoints." + endpoint + ".furtherTables." + table;
                    checks.that(isName(table), field, table, NAME_RULE);
                    checks.that(
                            taken.add(table),
                            field,
                            table,
                            "a name of its own: an endpoint or further table is called that");
                }));
        Targets.check(checks, this);
        DerivedOrder.check(checks, this);
        checkReads(checks);
        checkBackups(checks);
        String uncut = source.uncut();
        endpoints.forEach((endpoint, declared) -> checks.that(
                uncut == null || declared.scale() == null || declared.read().uncut() != null,
                "endpoints." + endpoint + ".scale",
                "scale",
                "nothing: " + uncut));
    }

    private void checkBackups(Checks checks) {
        Map<String, String> tables = tables();
        Set<String> named = new HashSet<>();
        for (int i = 0; i < backups.size(); i++) {
            String table = backups.get(i).table();
            String field = "backups[" + i + "].table";
            checks.that(
                    tables.containsKey(table),
                    field,
                    table,
                    "a table that this pipeline loads, one of " + List.copyOf(tables.keySet()));
            checks.that(named.add(table), field, table, "each table once");
        }
    }

    /** The tables that are loaded, each with the name of an endpoint, further table or model that does so. */
    public Map<String, String> tables() {
        Map<String, String> tables = new LinkedHashMap<>();
        allEndpoints().forEach((name, endpoint) -> {
            if (endpoint.destination() instanceof Destination.Table table) {
                tables.putIfAbsent(table.table(), name);
            }
        });
        models.forEach((name, model) -> tables.putIfAbsent(model.destination().table(), name));
        return tables;
    }

    /** The buckets that are published to. */
    public Set<String> buckets() {
        Set<String> buckets = new TreeSet<>();
        allEndpoints().values().forEach(endpoint -> {
            if (endpoint.destination() instanceof Destination.Bucket bucket) {
                buckets.add(bucket.bucket());
            }
        });
        exports.values().forEach(export -> buckets.add(export.destination().bucket()));
        return buckets;
    }

    /** How a table is backed up on a schedule; empty when it isn't. */
    public Optional<ScheduledBackup> backupOf(String table) {
        return backups.stream().filter(backup -> backup.table().equals(table)).findFirst();
    }

    /**
     * All that is loaded from the source, by name: each endpoint, and after it its further tables, as endpoints that read
     * what it does.
     */
    public Map<String, Endpoint> allEndpoints() {
        Map<String, Endpoint> all = new LinkedHashMap<>();
        endpoints.forEach((name, endpoint) -> {
            all.put(name, endpoint);
            endpoint.furtherTables().forEach((table, further) -> all.put(table, endpoint.further(further)));
        });
        return all;
    }

    /** The endpoint that reads the records for a further table; empty when nothing of that name is one. */
    public Optional<String> readerFor(String table) {
        return endpoints.entrySet().stream()
                .filter(endpoint -> endpoint.getValue().furtherTables().containsKey(table))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Paths that other tables read in the records of which an endpoint or further table is made. */
    public List<String> readElsewhere(String name) {
        String reader = readerFor(name).orElse(name);
        Endpoint reading = endpoints.get(reader);
        if (reading == null) {
            return List.of();
        }
        Map<String, Endpoint> all = allEndpoints();
        return Stream.concat(Stream.of(reader), reading.furtherTables().keySet().stream())
                .filter(other -> !other.equals(name))
                .flatMap(other -> Objects.requireNonNull(all.get(other)).readPaths())
                .distinct()
                .toList();
    }

    /**
     * The pipeline as services that don't have its file understand it.
     *
     * @param folder of its file, absolute
     */
    public Pipeline in(Path folder) {
        Map<String, Endpoint> complete = new LinkedHashMap<>();
        Map<String, Read> reads = reads();
        endpoints.forEach((endpoint, declared) -> complete.put(
                endpoint, declared.reading(declared.read().with(reads).in(folder))));
        return new Pipeline(
                version, name, description, credentials, after, source.in(folder), complete, models, exports, backups);
    }

    private Map<String, Read> reads() {
        Map<String, Read> reads = new LinkedHashMap<>();
        endpoints.forEach((endpoint, declared) -> reads.put(endpoint, declared.read()));
        return reads;
    }

    /** What an endpoint reads of another one may break its own rules, too. */
    private void checkReads(Checks checks) {
        Map<String, Read> reads = reads();
        endpoints.forEach((endpoint, declared) -> {
            try {
                Read complete = declared.read().with(reads);
                if (!complete.equals(declared.read())) {
                    Endpoint _ = FileRules.checked(declared.reading(complete));
                }
            } catch (InvalidValue e) {
                checks.all("endpoints." + endpoint, e);
            }
        });
    }

    /** What may not be meant as it stands. */
    List<InvalidValue.Violation> warnings() {
        List<InvalidValue.Violation> warnings = new ArrayList<>();
        endpoints.forEach((name, endpoint) -> endpoint.warnings()
                .forEach(warning -> warnings.add(new InvalidValue.Violation(
                        "endpoints." + name + "." + warning.field(), warning.found(), warning.expected()))));
        return warnings;
    }

    /** Where an endpoint or further table stands in the file. */
    String place(String name) {
        return readerFor(name)
                .map(reader -> "endpoints." + reader + ".furtherTables." + name)
                .orElse("endpoints." + name);
    }

    private static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** What each model and each export runs after, in the order of the file. */
    public Map<String, List<String>> derived() {
        Map<String, List<String>> derived = new LinkedHashMap<>();
        models.forEach((name, model) -> derived.put(name, model.after()));
        List<String> tables = Stream.concat(allEndpoints().keySet().stream(), models.keySet().stream())
                .toList();
        exports.forEach((name, export) -> derived.put(name, Objects.requireNonNullElse(export.after(), tables)));
        return derived;
    }

    /** The names of all models and exports, each after those that it runs after. */
    public List<String> derivedInOrder() {
        Map<String, List<String>> derived = derived();
        List<String> ordered = new ArrayList<>();
        while (ordered.size() < derived.size()) {
            derived.forEach((name, after) -> {
                boolean next =
                        after.stream().allMatch(before -> ordered.contains(before) || !derived.containsKey(before));
                if (next && !ordered.contains(name)) {
                    ordered.add(name);
                }
            });
        }
        return ordered;
    }

    /** The models and exports that run when {@code names} have run: those after them, and those after these. */
    public Set<String> derivedAfter(Set<String> names) {
        Set<String> following = new LinkedHashSet<>();
        for (String name : derivedInOrder()) {
            List<String> after = Objects.requireNonNull(derived().get(name));
            if (after.stream().anyMatch(before -> names.contains(before) || following.contains(before))) {
                following.add(name);
            }
        }
        return following;
    }
}
