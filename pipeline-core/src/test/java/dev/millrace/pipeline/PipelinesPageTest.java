package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/pipelines.md} to the records. */
class PipelinesPageTest {
    private final String page = read();

    @Test
    void explainsEveryKeyVariantAndWord() {
        Set<String> words = new LinkedHashSet<>();
        collect(Pipeline.class, words, new HashSet<>());

        assertThat(words).contains("version", "maxDelay", "default", "oauth2-client-credentials", "REQUIRED");
        assertThat(words).allSatisfy(word -> assertThat(page).containsPattern("`[^`\n]*\\b" + word + "\\b[^`\n]*`"));
    }

    @Test
    void showsAPipelineThatIsValid() {
        String example = Pattern.compile("```yaml\n(version:.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);

        assertThat(PipelineReader.read("docs/pipelines.md", example)).isInstanceOf(PipelineReader.Result.Valid.class);
    }

    private static void collect(Type type, Set<String> words, Set<Class<?>> seen) {
        if (type instanceof ParameterizedType collection) {
            List.of(collection.getActualTypeArguments()).forEach(argument -> collect(argument, words, seen));
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (!seen.add(plain)) {
            return; // a record may have itself within
        }
        if (plain.isRecord()) {
            for (Shape.Property property :
                    Shape.of(plain.asSubclass(Record.class)).properties()) {
                words.add(property.key());
                collect(property.type(), words, seen);
            }
        } else if (Shape.hasVariants(plain)) {
            Shape.variants(plain).forEach((name, variant) -> {
                words.add(name);
                collect(variant, words, seen);
            });
        } else if (plain.isEnum()) {
            words.addAll(Shape.spellings(plain).keySet());
        }
    }

    private static String read() {
        try {
            return java.nio.file.Files.readString(Path.of("../docs/pipelines.md"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
