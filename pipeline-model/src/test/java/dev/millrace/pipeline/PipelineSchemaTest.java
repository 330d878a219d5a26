package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PipelineSchemaTest {
    private static final Path PUBLISHED = Path.of("../docs/pipeline.schema.json");

    private final JsonSchema schema =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(PipelineSchema.json());

    @Test
    void thePublishedSchemaIsThatOfTheRecords() throws IOException {
        if (Boolean.getBoolean("schema.refresh")) {
            java.nio.file.Files.writeString(PUBLISHED, PipelineSchema.json());
        }

        assertThat(PUBLISHED)
                .as(
                        "refresh it with ./mvnw -pl pipeline-model -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=PipelineSchemaTest -Dschema.refresh=true")
                .content()
                .isEqualTo(PipelineSchema.json());
    }

    @ParameterizedTest
    @MethodSource("validFiles")
    void takesWhatTheReaderTakes(String file) {
        String text = SampleFiles.text(file);

        assertThat(PipelineReader.read(file, text)).isInstanceOf(PipelineReader.Result.Valid.class);
        assertThat(schema.validate(text, InputFormat.YAML)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("invalidFiles")
    void refusesWhatTheReaderRefuses(String file) {
        String text = SampleFiles.text(file);

        assertThat(PipelineReader.read(file, text)).isInstanceOf(PipelineReader.Result.Invalid.class);
        assertThat(schema.validate(text, InputFormat.YAML)).isNotEmpty();
    }

    static List<String> validFiles() {
        return SampleFiles.in("valid");
    }

    static List<String> invalidFiles() {
        return SampleFiles.in("invalid");
    }
}
