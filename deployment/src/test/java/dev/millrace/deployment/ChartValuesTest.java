package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.comments.CommentLine;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** The table of values in the chart's README is made of the comments in {@code values.yaml}. */
class ChartValuesTest {
    private static final Path README = Path.of("../helm/millrace/README.md");
    private static final String HEADING = "## Values\n\n";
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * A line of the table.
     *
     * @param preset as YAML, in one line; empty for what only holds others
     */
    private record Row(String path, String preset, String meaning) {
        @Override
        public String toString() {
            String shown = preset.isEmpty() ? "" : "`" + preset + "`";
            return ("| `" + path + "` | " + shown + " | " + meaning.replace("|", "\\|") + " |").replace("|  |", "| |");
        }
    }

    @Test
    void theReadmeHasTheValuesThatTheFileHas() throws IOException {
        String readme = Files.readString(README);
        int table = readme.indexOf(HEADING) + HEADING.length();
        assertThat(table).isGreaterThanOrEqualTo(HEADING.length());
        String expected = readme.substring(0, table) + table(rows());
        if (Boolean.getBoolean("chart.refresh")) {
            Files.writeString(README, expected);
        }

        assertThat(README)
                .as("refresh it with ./mvnw -pl deployment -am test -Dsurefire.failIfNoSpecifiedTests=false"
                        + " -Dtest=ChartValuesTest -Dchart.refresh=true")
                .content()
                .isEqualTo(expected);
    }

    @Test
    void everyValueSaysWhatItIsFor() throws IOException {
        assertThat(rows())
                .filteredOn(row -> !row.path().matches("services\\..*\\..*|.*\\.resources\\..*")) // said above them
                .allSatisfy(row -> assertThat(row.meaning()).as(row.path()).isNotEmpty());
    }

    private static String table(List<Row> rows) {
        return rows.stream()
                .map(Row::toString)
                .collect(Collectors.joining("\n", "| value | default | |\n|---|---|---|\n", "\n"));
    }

    private static List<Row> rows() throws IOException {
        String text = Files.readString(Path.of("../helm/millrace/values.yaml"));
        LoaderOptions options = new LoaderOptions();
        options.setProcessComments(true);
        JsonNode values = JSON.valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(text));
        List<Row> rows = new ArrayList<>();
        collect("", (MappingNode) new Yaml(options).compose(new StringReader(text)), values, rows);
        return rows;
    }

    private static void collect(String prefix, MappingNode group, JsonNode values, List<Row> rows) throws IOException {
        for (NodeTuple entry : group.getValue()) {
            String name = ((ScalarNode) entry.getKeyNode()).getValue();
            JsonNode value = values.get(name);
            boolean holdsOthers = entry.getValueNode() instanceof MappingNode mapping
                    && mapping.getFlowStyle() == DumperOptions.FlowStyle.BLOCK;
            String meaning = meaning(entry);
            if (!holdsOthers) {
                rows.add(new Row(prefix + name, JSON.writeValueAsString(value), meaning));
            } else {
                if (!meaning.isEmpty()) {
                    rows.add(new Row(prefix + name, "", meaning));
                }
                collect(prefix + name + ".", (MappingNode) entry.getValueNode(), value, rows);
            }
        }
    }

    /** The comment above it, and the one beside it. */
    private static String meaning(NodeTuple entry) {
        List<CommentLine> lines = new ArrayList<>();
        addAll(lines, entry.getKeyNode().getBlockComments());
        addAll(lines, entry.getKeyNode().getInLineComments());
        addAll(lines, entry.getValueNode().getInLineComments());
        return lines.stream()
                .map(line -> line.getValue().strip())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** @param comments null: none */
    private static void addAll(List<CommentLine> lines, @Nullable List<CommentLine> comments) {
        if (comments != null) {
            lines.addAll(comments);
        }
    }
}
