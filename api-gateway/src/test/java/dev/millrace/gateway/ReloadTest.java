package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pipeline files change under a gateway that runs, as the kubelet changes those of a ConfigMap. */
class ReloadTest extends GatewayTests {
    private static final String STUDENTS = "/api/v1/pipelines/school/endpoints/students/runs";

    private GatewayUnderTest gateway;
    private int versions;

    ReloadTest() {
        super("school", school("/students"));
    }

    @BeforeEach
    void start() throws IOException {
        Files.delete(folder.resolve("pipelines/school.yaml"));
        mount(Map.of("school.yaml", school("/students")));
        gateway = gateway();
    }

    private static String school(String path) {
        return """
                version: 1
                name: school
                source: {type: rest, baseUrl: "http://127.0.0.1:1"}
                endpoints:
                  students:
                    request: {path: PATH}
                    destination: {table: school.students, write: append}
                    schema: [{name: id, type: INTEGER}]
                """.replace("PATH", path);
    }

    /**
     * What the kubelet does: the files of a version are in a folder of their own, and a link to it is replaced in one
     * step.
     */
    private void mount(Map<String, String> files) throws IOException {
        Path mounted = folder.resolve("pipelines");
        Path version = Files.createDirectory(mounted.resolve("..2026_01_31_" + versions++));
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(version.resolve(file.getKey()), file.getValue());
        }
        Path link = Files.createSymbolicLink(mounted.resolve("..data_tmp"), version.getFileName());
        Files.move(link, mounted.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        for (String name : files.keySet()) {
            Path shown = mounted.resolve(name);
            if (!Files.isSymbolicLink(shown)) {
                Files.createSymbolicLink(shown, Path.of("..data", name));
            }
        }
    }

    private static String path(Task task) {
        return ((RestRead) ((Work.Extract) task.work()).read()).request().path();
    }

    private void cancel(Task task) {
        assertThat(gateway.post("/api/v1/runs/" + task.run() + "/cancel", "").status())
                .isEqualTo(200);
    }

    private static String text(JsonNode document) throws IOException {
        return ObjectMapper.getDefault().writeValueAsString(document);
    }

    private List<JsonNode> invalid() {
        return listed("invalid");
    }

    private List<JsonNode> listed(String field) {
        List<JsonNode> all = new ArrayList<>();
        Objects.requireNonNull(gateway.get("/api/v1/pipelines").body().get(field))
                .values()
                .forEach(all::add);
        return all;
    }

    @Test
    void aChangedFileCountsFromTheNextRunOnAndRunsInFlightKeepWhatTheyStartedWith() throws IOException {
        gateway.post(STUDENTS, "{}");
        Task before = services.next(Step.EXTRACT);

        mount(Map.of("school.yaml", school("/pupils")));

        services.fail(before, ErrorCode.SOURCE_UNAVAILABLE, "away");
        gateway.post("/api/v1/runs/" + before.run() + "/retry", "");
        Task again = services.next(Step.EXTRACT);
        assertThat(again.run()).isEqualTo(before.run());
        assertThat(path(again)).isEqualTo("/students");
        cancel(again);
        gateway.post(STUDENTS, "{}");
        assertThat(path(services.next(Step.EXTRACT))).isEqualTo("/pupils");
    }

    @Test
    void aFileThatBecomesInvalidLeavesTheFormerVersionInForceAndSaysSo() throws IOException {
        gateway.get("/api/v1/pipelines");

        mount(Map.of("school.yaml", school("/pupils").replace("write: append", "write: apend")));

        assertThat(invalid()).singleElement().satisfies(file -> {
            assertThat(file.get("inForce")).isEqualTo(JsonNode.createStringNode("school"));
            assertThat(text(file)).contains("apend");
        });
        assertThat(gateway.get("/api/v1/pipelines/school").status()).isEqualTo(200);
        GatewayUnderTest.Answer started = gateway.post(STUDENTS, "{}");
        assertThat(started.status()).isEqualTo(202);
        assertThat(started.text("warning")).contains("school.yaml has 1 error", "the version before");
        Task task = services.next(Step.EXTRACT);
        assertThat(path(task)).isEqualTo("/students");
        assertThat(text(gateway.get("/api/v1/runs/" + task.run() + "/log").body()))
                .contains("school.yaml has 1 error", "WARN");
        cancel(task);

        mount(Map.of("school.yaml", school("/pupils")));

        assertThat(invalid()).isEmpty();
        GatewayUnderTest.Answer repaired = gateway.post(STUDENTS, "{}");
        assertThat(repaired.body().get("warning")).isEqualTo(JsonNode.nullNode());
        assertThat(path(services.next(Step.EXTRACT))).isEqualTo("/pupils");
    }

    @Test
    void aFileThatWasNeverValidIsLeftOut() throws IOException {
        mount(Map.of("school.yaml", school("/students"), "other.yaml", "version: 1\nname: other\n"));

        assertThat(gateway.post("/api/v1/pipelines/other/runs", "{}").text("code"))
                .isEqualTo("PIPELINE_INVALID");
        assertThat(invalid())
                .singleElement()
                .satisfies(file -> assertThat(file.get("inForce")).isEqualTo(JsonNode.nullNode()));
    }

    @Test
    void aFileThatGoesTakesItsPipelineAlong() throws IOException {
        gateway.get("/api/v1/pipelines");

        Files.delete(folder.resolve("pipelines/school.yaml"));

        GatewayUnderTest.Answer refused = gateway.post(STUDENTS, "{}");
        assertThat(refused.text("code")).isEqualTo("PIPELINE_UNKNOWN");
        assertThat(refused.text("detail"))
                .isEqualTo("no pipeline 'school' (there are none in " + folder.resolve("pipelines") + ")");
    }

    @Test
    void aFormerVersionDoesNotKeepItsNameFromAFileThatHasItNow() throws IOException {
        gateway.get("/api/v1/pipelines");
        Path another = Files.createDirectories(folder.resolve("pipelines/another"));

        Files.writeString(another.resolve("pipeline.yaml"), school("/pupils"));
        mount(Map.of("school.yaml", "version: 1\nname: school\n"));

        gateway.post(STUDENTS, "{}");
        assertThat(path(services.next(Step.EXTRACT))).isEqualTo("/pupils");
        assertThat(listed("pipelines")).hasSize(1);
    }

    @Test
    void whatKubernetesKeepsBehindTheMountedFilesIsNoPipelineOfItsOwn() throws IOException {
        mount(Map.of("pipeline.yaml", school("/students").replace("name: school", "name: pipeline")));
        Files.delete(folder.resolve("pipelines/school.yaml"));

        assertThat(invalid()).isEmpty();
        assertThat(listed("pipelines"))
                .singleElement()
                .satisfies(
                        pipeline -> assertThat(pipeline.get("name")).isEqualTo(JsonNode.createStringNode("pipeline")));
    }

    @Test
    void whoAsksWhileFilesAreSwappedSeesTheOneVersionOrTheOther() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Boolean> looks = () -> {
                for (int look = 0; look < 50; look++) {
                    if (gateway.get("/api/v1/pipelines/school").status() != 200) {
                        return false;
                    }
                }
                return true;
            };
            List<Future<Boolean>> looking = List.of(threads.submit(looks), threads.submit(looks));
            for (int swap = 0; swap < 50; swap++) {
                mount(Map.of("school.yaml", school(swap % 2 == 0 ? "/pupils" : "/students")));
            }
            for (Future<Boolean> look : looking) {
                assertThat(look.get()).isTrue();
            }
        }
        assertThat(invalid()).isEmpty();
    }

    private static String other(String name, String table, String write) {
        return school("/others")
                .replace("name: school", "name: " + name)
                .replace("school.students", table)
                .replace("append", write);
    }

    @Test
    void ofTwoFilesThatWantOneTableTheOneThatWasThereFirstKeepsIt() throws Exception {
        assertThat(invalid()).as("what is there before").isEmpty();
        mount(Map.of("a-newer.yaml", other("newer", "SCHOOL.students", "replace"), "school.yaml", school("/students")));

        assertThat(invalid())
                .singleElement()
                .satisfies(file -> assertThat(text(file))
                        .contains("a-newer.yaml", "endpoints.students.destination.table", "SCHOOL.students")
                        .contains(
                                "endpoint students of pipeline school (",
                                "school.yaml) writes to school.students, which is"));
        GatewayUnderTest.Answer refused = gateway.post("/api/v1/pipelines/newer/endpoints/students/runs", "");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(text(refused.body())).contains("PIPELINE_INVALID", "a table of its own");
        assertThat(gateway.post(STUDENTS, "").status()).isEqualTo(202);
        cancel(services.next(Step.EXTRACT));

        mount(Map.of("a-newer.yaml", other("newer", "school.others", "replace"), "school.yaml", school("/students")));
        assertThat(invalid()).isEmpty();
    }

    @Test
    void aFileIsCheckedAgainstThoseInForceBesideIts() {
        assertThat(validated(other("second", "school.students", "append"))).isEqualTo(200);
        assertThat(validated(other("second", "School.Students", "replace"))).isEqualTo(422);
        assertThat(validated(other("school", "school.students", "replace")))
                .as("a new version of the pipeline that has it")
                .isEqualTo(200);
    }

    private int validated(String file) {
        return gateway.post("/api/v1/pipelines/validate", file).status();
    }
}
