package dev.millrace.deployment;

import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Terraform lets each service do, and what the code of the service calls, are the same. */
class PermissionsTest {
    private static final List<String> SERVICES =
            List.of("api-gateway", "extractor-service", "transformer-service", "loader-service");

    /**
     * What a call needs.
     *
     * @param call as it stands in the code
     * @param grant of Terraform: the resource that gives it, and the role
     */
    private record Need(Pattern call, String grant) {
        Need(String call, String grant) {
            this(Pattern.compile(call), grant);
        }
    }

    /** Of Cloud Storage, reading needs the right to list too: without it an object that isn't there would be a forbidden one. */
    private static final List<Need> NEEDS = List.of(
            new Need("implements TaskHandler<", "staging roles/storage.objectCreator"), // the worker claims attempts
            new Need("implements TaskHandler<", "staging roles/storage.objectViewer"),
            new Need("\\bstaging\\s*\\.deleteAll\\(", "staging roles/storage.objectUser"),
            new Need("\\bbucket\\s*\\.replace\\(", "published roles/storage.objectUser"),
            new Need("interface BackupPlace\\b", "backup roles/storage.objectUser"),
            new Need("import com\\.google\\.cloud\\.storage\\.Storage;", "source roles/storage.objectViewer"),
            new Need("\\bGoogleSecrets\\b", "secret roles/secretmanager.secretAccessor"),
            new Need("import com\\.google\\.cloud\\.bigquery\\.BigQuery;", "dataset roles/bigquery.dataEditor"),
            new Need("import com\\.google\\.cloud\\.bigquery\\.BigQuery;", "project roles/bigquery.jobUser"));

    /** What the document says of a place, and what it is here. */
    private static final Map<String, String> PLACES = Map.of(
            "staging bucket",
            "staging",
            "source buckets",
            "source",
            "secrets",
            "secret",
            "buckets of `MILLRACE_PUBLISH_BUCKETS`",
            "published",
            "bucket of backups",
            "backup",
            "datasets",
            "dataset",
            "project",
            "project");

    @Test
    void eachServiceMayDoWhatItsCodeCallsAndNothingElse() throws IOException {
        Map<String, Set<String>> granted = granted();

        for (String service : SERVICES) {
            assertThat(granted.get(service)).as(service).isEqualTo(needed(service));
        }
    }

    @Test
    void whatOverwritesOrDeletesStagedObjectsIsTheGatewaysAlone() throws IOException {
        for (String service : SERVICES) {
            assertThat(code(service)
                            .filter(text -> Pattern.compile("\\bstaging\\s*\\.(deleteAll|replace)\\(")
                                    .matcher(text)
                                    .find())
                            .findAny()
                            .isPresent())
                    .as(service)
                    .isEqualTo(service.equals("api-gateway"));
        }
    }

    @Test
    void theDocumentSaysWhatEachServiceMayDo() throws IOException {
        Map<String, Set<String>> documented = new TreeMap<>();
        for (MatchResult row : Pattern.compile(
                        "(?m)^\\| `([a-z-]+-(?:gateway|service))` \\| (.+?) \\| `(roles/[a-zA-Z.]+)` \\| .+ \\|$")
                .matcher(Rendered.read(Rendered.ROOT.resolve("docs/configuration.md")))
                .results()
                .toList()) {
            documented
                    .computeIfAbsent(row.group(1), _ -> new TreeSet<>())
                    .add(Objects.requireNonNull(PLACES.get(row.group(2)), row.group(2)) + " " + row.group(3));
        }

        assertThat(documented).isEqualTo(granted());
    }

    /** Terraform grants no {@code bigquery.datasets.create}, which is in none of the roles above. */
    @Test
    void theChartMakesNoDatasets() {
        assertThat(Rendered.onGoogleCloud(identity())
                        .one(Deployment.class, "mill-loader-service")
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getEnv())
                .anySatisfy(variable -> {
                    assertThat(variable.getName()).isEqualTo("MILLRACE_WAREHOUSE_BIGQUERY_CREATE_DATASETS");
                    assertThat(variable.getValue()).isEqualTo("false");
                });
    }

    private static Set<String> needed(String service) throws IOException {
        Set<String> needed = new TreeSet<>();
        for (Need need : NEEDS) {
            if (code(service).anyMatch(text -> need.call().matcher(text).find())) {
                needed.add(need.grant());
            }
        }
        return needed;
    }

    private static Stream<String> code(String service) throws IOException {
        List<Path> files;
        try (Stream<Path> walked = Files.walk(Rendered.ROOT.resolve(service).resolve("src/main/java"))) {
            files = walked.filter(file -> file.toString().endsWith(".java")).toList();
        }
        return files.stream().map(Rendered::read);
    }

    /** Each service's roles, with what they are for. */
    private static Map<String, Set<String>> granted() throws IOException {
        Map<String, Set<String>> granted = new TreeMap<>();
        SERVICES.forEach(service -> granted.put(service, new TreeSet<>()));
        try (Stream<Path> files = Files.list(Rendered.ROOT.resolve("terraform"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".tf"))
                    .sorted()
                    .toList()) {
                for (MatchResult block : Pattern.compile(
                                "(?ms)^resource \"google_[a-z_]+_iam_member\" \"[a-z_]+\" \\{\n(.*?)^\\}$")
                        .matcher(Rendered.read(file))
                        .results()
                        .toList()) {
                    services(block.group(1))
                            .forEach(service ->
                                    Objects.requireNonNull(granted.get(service)).add(grant(block.group(1))));
                }
            }
        }
        return granted;
    }

    private static List<String> services(String block) {
        Matcher member = Pattern.compile("member +=\\s*local\\.members\\[(\"([a-z-]+)\"|each\\.key)\\]")
                .matcher(block);
        if (!member.find()) {
            return List.of(); // of people, of CI or of Google's own
        }
        return member.group(2) != null
                ? List.of(member.group(2))
                : Pattern.compile("\"([a-z]+-[a-z]+)\"")
                        .matcher(block.substring(0, block.indexOf('\n')))
                        .results()
                        .map(name -> name.group(1))
                        .toList();
    }

    private static String grant(String block) {
        Matcher role = Pattern.compile("role +=\\s*\"([a-zA-Z/.]+)\"").matcher(block);
        assertThat(role.find()).as(block).isTrue();
        Matcher place = Pattern.compile("(bucket|dataset_id|secret_id|project) +=\\s*([^\\s\\[]+)")
                .matcher(block);
        assertThat(place.find()).as(block).isTrue();
        String of = switch (place.group(1)) {
            case "bucket" ->
                place.group(2).equals("each.key")
                        ? "source"
                        : place.group(2).replaceAll("google_storage_bucket\\.([a-z]+)\\..*", "$1");
            case "dataset_id" -> "dataset";
            case "secret_id" -> "secret";
            default -> "project";
        };
        return of + " " + role.group(1);
    }
}
