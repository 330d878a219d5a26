package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.problem.Problem.FieldError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who has a table or a place in a bucket, over several pipeline files. */
class TargetsTest {
    private static final TableNames BIGQUERY = new TableNames(true, true, "lake-project");
    private static final TableNames DUCKDB = new TableNames(false, false, null);

    private static String file(String pipeline, String destination) {
        return """
                version: 1
                name: PIPELINE
                source: {type: files, folder: .}
                endpoints:
                  rows:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: DESTINATION
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: at, type: DATE}]
                """.replace("PIPELINE", pipeline).replace("DESTINATION", destination);
    }

    /** What is wrong with the last of pipelines that are called a, b and so on, and write to these. */
    private static List<FieldError> taken(TableNames names, String... destinations) {
        Targets targets = new Targets("the house", names);
        List<FieldError> errors = List.of();
        for (int i = 0; i < destinations.length; i++) {
            String name = String.valueOf((char) ('a' + i));
            String text = file(name, destinations[i]);
            if (destinations[i].startsWith("{type: bucket")) {
                text = text.replaceFirst("(?m)^ +schema:.*$", "");
            }
            Pipeline pipeline = ((PipelineReader.Result.Valid) PipelineReader.read(name + ".yaml", text)).pipeline();
            errors = PipelineReader.located(
                    name + ".yaml", text.getBytes(StandardCharsets.UTF_8), targets.add(name + ".yaml", pipeline));
        }
        return errors;
    }

    @Test
    void pipelinesThatComeAfterEachOtherAreErrorsOfTheLast() {
        Targets targets = new Targets("the house", DUCKDB);
        List<FieldError> errors = List.of();
        for (List<String> each : List.of(List.of("a", "b"), List.of("b", "c"), List.of("c", "x, a"))) {
            String name = each.getFirst();
            String text = file(name, replacing("shop." + name))
                    .replace("source:", "after: [" + each.getLast() + "]\nsource:");
            Pipeline pipeline = ((PipelineReader.Result.Valid) PipelineReader.read(name + ".yaml", text)).pipeline();
            assertThat(errors).isEmpty();
            errors = PipelineReader.located(
                    name + ".yaml", text.getBytes(StandardCharsets.UTF_8), targets.add(name + ".yaml", pipeline));
        }
        assertThat(errors)
                .containsExactly(new FieldError(
                        "c.yaml",
                        3,
                        12,
                        "after[1]",
                        "c after a after b after c",
                        "pipelines that don't run after themselves"));
    }

    private static String replacing(String table) {
        return "{table: " + table + ", write: replace}";
    }

    @Test
    void theSecondPipelineThatReplacesATableIsToldOfTheFirst() {
        assertThat(taken(DUCKDB, replacing("shop.t"), replacing("shop.t")))
                .containsExactly(new FieldError(
                        "b.yaml",
                        7,
                        26,
                        "endpoints.rows.destination.table",
                        "shop.t",
                        "a table of its own: endpoint rows of pipeline a (a.yaml) writes to it too, and one of them"
                                + " replaces it as a whole"));
    }

    @Test
    void onlyWhoReplacesAsAWholeWantsATableAlone() {
        String append = "{table: shop.t, write: append}";
        String merge = "{table: shop.t, write: merge, keys: [id]}";
        assertThat(taken(DUCKDB, append, append)).isEmpty();
        assertThat(taken(DUCKDB, append, merge, merge)).isEmpty();
        assertThat(taken(DUCKDB, append, replacing("shop.t"))).hasSize(1);
        assertThat(taken(DUCKDB, replacing("shop.t"), merge)).hasSize(1);
        assertThat(taken(DUCKDB, replacing("shop.t"), replacing("shop.other"))).isEmpty();
    }

    @Test
    void duckDbKnowsNeitherProjectsNorCase() {
        assertThat(taken(DUCKDB, replacing("shop.t"), replacing("SHOP.T")))
                .extracting(FieldError::expected)
                .containsExactly(
                        "a table of its own: endpoint rows of pipeline a (a.yaml) writes to shop.t, which is the"
                                + " same table in the house, too, and one of them replaces it as a whole");
        assertThat(taken(DUCKDB, replacing("project-one.shop.t"), replacing("project-two.shop.t")))
                .hasSize(1);
        assertThat(taken(DUCKDB, replacing("shop.t"), replacing("project-two.shop.t")))
                .hasSize(1);
    }

    @Test
    void whereTheWarehouseIsNotKnownWhateverMayBeTheSameTableIsTaken() {
        TableNames unknown = TableNames.OF_NO_KNOWN_WAREHOUSE;
        assertThat(taken(unknown, replacing("shop.t"), replacing("SHOP.T"))).hasSize(1);
        assertThat(taken(unknown, replacing("project-one.shop.t"), replacing("project-two.shop.t")))
                .hasSize(1);
        assertThat(taken(unknown, replacing("shop.t"), replacing("shop.other"))).isEmpty();
    }

    @Test
    void bigQueryKnowsBothAndTheProjectOfNamesWithoutOne() {
        assertThat(taken(BIGQUERY, replacing("shop.t"), replacing("SHOP.T"))).isEmpty();
        assertThat(taken(BIGQUERY, replacing("project-one.shop.t"), replacing("project-two.shop.t")))
                .isEmpty();
        assertThat(taken(BIGQUERY, replacing("shop.t"), replacing("project-two.shop.t")))
                .isEmpty();
        assertThat(taken(BIGQUERY, replacing("shop.t"), replacing("lake-project.shop.t")))
                .hasSize(1);
        assertThat(taken(BIGQUERY, replacing("shop.t"), replacing("shop.t"))).hasSize(1);
    }

    @Test
    void aPipelineThatComesAfterOneThatNoFileHasIsNamed() {
        Targets targets = new Targets("the house", DUCKDB);
        for (String name : List.of("a", "b")) {
            String text = file(name, replacing("shop." + name)).replace("source:", "after: [c, b]\nsource:");
            Pipeline pipeline = ((PipelineReader.Result.Valid) PipelineReader.read(
                            name + ".yaml", name.equals("a") ? text : file(name, replacing("shop." + name))))
                    .pipeline();
            assertThat(targets.add(name + ".yaml", pipeline)).isEmpty();
        }
        assertThat(targets.neverStarted()).containsOnlyKeys("a.yaml");
        assertThat(targets.neverStarted().get("a.yaml"))
                .extracting(InvalidValue.Violation::field, InvalidValue.Violation::found)
                .containsExactly(tuple("after[0]", "c"));
    }

    @Test
    void aPlaceInABucketIsOfOnePipelineToo() {
        String bucket = "{type: bucket, bucket: lake, key: KEY}";
        assertThat(taken(BIGQUERY, bucket.replace("KEY", "a/b"), bucket.replace("KEY", "a")))
                .extracting(FieldError::expected)
                .containsExactly(
                        "a key of its own: endpoint rows of pipeline a (a.yaml) publishes to a/b in the bucket");
        assertThat(taken(BIGQUERY, bucket.replace("KEY", "a/b"), bucket.replace("KEY", "a/c")))
                .isEmpty();
    }

    @Test
    void whatIsRefusedHasNothing() {
        assertThat(taken(DUCKDB, replacing("shop.t"), replacing("shop.t"), replacing("shop.other")))
                .isEmpty();
        // the second one would have had shop.u, if it weren't for shop.t
        Targets targets = new Targets("the house", DUCKDB);
        assertThat(targets.add("a.yaml", pipeline("a", "shop.t"))).isEmpty();
        assertThat(targets.add("b.yaml", pipeline("b", "shop.u", "shop.t"))).hasSize(1);
        assertThat(targets.add("c.yaml", pipeline("c", "shop.u"))).isEmpty();
    }

    /** With an endpoint for each table, which replaces it. */
    private static Pipeline pipeline(String name, String... tables) {
        StringBuilder text = new StringBuilder(file(name, replacing(tables[0])));
        for (int i = 1; i < tables.length; i++) {
            String endpoint = file(name, replacing(tables[i]));
            text.append(endpoint.substring(endpoint.indexOf("  rows:")).replace("rows:", "rows" + i + ":"));
        }
        return ((PipelineReader.Result.Valid) PipelineReader.read(name + ".yaml", text.toString())).pipeline();
    }
}
