package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * R3.4 and R3.5: files of drugs, articles and trials, with their defects, become a graph in a file. The real ones aren't shipped: whoever has
 * them names their folder by the variable MILLRACE_DRUGS; without it that part is skipped.
 */
class DrugsTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        millrace = new MillraceUnderTest(folder);
        millrace.example("drugs");
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private Path published() {
        return folder.resolve("home/published");
    }

    private Path latest() {
        return published().resolve("drugs/graph/latest.json");
    }

    private Path data() {
        return folder.resolve("pipelines/drugs/data");
    }

    @Test
    void theGraphIsWhatTheFilesSayAndStaysWhatItWasWhenOneOfThemIsBroken() throws Exception {
        MillraceUnderTest.Called dry = millrace.call("run", "drugs", "--dry-run");
        assertThat(dry.exitCode()).as(dry.err()).isZero();
        assertThat(dry.out()).contains("can't say more: there is no drugs.drugs, drugs.mentions yet to select from");
        assertThat(published()).doesNotExist();
        assertThat(millrace.call("graph", "drugs").out()).isEqualTo("""
                drugs
                ├─ drugs (endpoint of drugs.drugs)
                │  └─ mentions (model of drugs.mentions)
                │     └─ graph (export of drugs/graph/latest.json)
                ├─ pubmed_csv (endpoint of drugs.pubmed_csv)
                │  └─ publications (model of drugs.publications)
                │     └─ mentions (model of drugs.mentions), see above
                ├─ pubmed_json (endpoint of drugs.pubmed_json)
                │  └─ publications (model of drugs.publications), see above
                └─ clinical_trials (endpoint of drugs.clinical_trials)
                   └─ publications (model of drugs.publications), see above
                """);

        assertThat(millrace.runs("drugs"))
                .hasSize(7)
                .allMatch(run -> run.state() == Run.State.SUCCEEDED)
                .allMatch(run -> run.rowsRejected() == null || run.rowsRejected() == 0);
        Map<String, Mentions> graph = Mentions.exported(latest());
        assertThat(graph).isEqualTo(Mentions.of(data())).hasSize(5);
        assertThat(Objects.requireNonNull(graph.get("OSTRIMINE")).trials())
                .containsExactly(Map.of(
                        "id", "TRL00000004",
                        "title", "Responses to Ostrimine Infusion",
                        "date", "2020-05-25",
                        "journal", "Letters on nothing. In practice"));
        String first = Files.readString(latest());

        Files.writeString(data().resolve("drugs.csv"), "code,name\nX,CALDORINE\n");
        Files.writeString(
                data().resolve("pubmed.csv"),
                Files.readString(data().resolve("pubmed.csv")).strip()
                        + "\n9,More on caldorine,01/02/2021,New letters\n");
        Map<String, Run> broken = millrace.runs("drugs").stream().collect(Collectors.toMap(Run::endpoint, run -> run));
        assertThat(names(broken, Run.State.SUCCEEDED))
                .containsExactlyInAnyOrder("pubmed_csv", "pubmed_json", "clinical_trials", "publications");
        assertThat(names(broken, Run.State.FAILED)).containsExactlyInAnyOrder("drugs", "mentions", "graph");
        Run graphRun = Objects.requireNonNull(broken.get("graph"));
        assertThat(Objects.requireNonNull(graphRun.error()).code()).isEqualTo("UPSTREAM_FAILED");
        assertThat(Files.readString(latest())).isEqualTo(first);

        Files.writeString(data().resolve("drugs.csv"), "atccode,drug\nX,CALDORINE\n");
        MillraceUnderTest.Called retried = millrace.call(
                "retry", Objects.requireNonNull(broken.get("drugs")).id());
        assertThat(retried.exitCode()).isZero();
        assertThat(retried.out()).contains("drugs.drugs", "drugs.mentions", "drugs/graph");
        assertThat(Mentions.exported(latest())).isEqualTo(Mentions.of(data())).containsOnlyKeys("CALDORINE");
    }

    private static List<String> names(Map<String, Run> runs, Run.State state) {
        return runs.values().stream()
                .filter(run -> run.state() == state)
                .map(Run::endpoint)
                .toList();
    }

    @Test
    void theGraphOfTheRealFilesIsWhatTheySay() throws Exception {
        String real = System.getenv("MILLRACE_DRUGS");
        assumeTrue(
                real != null, "no folder of real files is named by the variable MILLRACE_DRUGS: nothing was compared");
        try (Stream<Path> files = Files.list(data())) {
            for (Path file : files.toList()) {
                Files.write(file, Files.readAllBytes(Path.of(real).resolve(file.getFileName())));
            }
        }
        assertThat(millrace.runs("drugs")).allMatch(run -> run.state() == Run.State.SUCCEEDED);
        assertThat(Mentions.exported(latest()))
                .isEqualTo(Mentions.of(Path.of(real)))
                .hasSize(7);
    }
}
