package dev.millrace.loader.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A load job takes 10,000 URIs, and a load may have more parts, of many slices. */
class StageSourcesTest {
    private final NavigableSet<String> present = new TreeSet<>();

    private StagingStore staging() {
        return (StagingStore) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {StagingStore.class},
                (_, method, arguments) -> switch (method.getName()) {
                    case "uri" -> URI.create("gs://lake/" + arguments[0]);
                    case "list" -> List.copyOf(present.subSet((String) arguments[0], arguments[0] + "~"));
                    default -> throw new AssertionError(method);
                });
    }

    private List<Part> slice(int number, int parts) {
        return IntStream.range(0, parts)
                .mapToObj(part -> "runs/r/e/transform/1/slices/%d/1/part-%05d.parquet".formatted(number, part))
                .peek(present::add)
                .map(path -> new Part(path, 1, 1, "00000000"))
                .toList();
    }

    private static TableLoad load(Stream<Part> parts) {
        Destination.Table table = new Destination.Table("shop.orders", Write.APPEND, List.of(), Destination.Empty.FAIL);
        return new TableLoad("l", 1, 1, "r", table, List.of(), parts.toList(), null, null, null);
    }

    @Test
    void asManyAsFitHaveAUriEach() {
        TableLoad load = load(Stream.of(slice(1, 4_000), slice(2, 6_000)).flatMap(List::stream));
        assertThat(Stage.sources(load, staging()))
                .hasSize(10_000)
                .startsWith("gs://lake/runs/r/e/transform/1/slices/1/1/part-00000.parquet");
    }

    @Test
    void ofMoreTheSlicesWithMostPartsHaveAPatternEach() {
        TableLoad load =
                load(Stream.of(slice(1, 4_000), slice(2, 7_000), slice(3, 1)).flatMap(List::stream));
        assertThat(Stage.sources(load, staging()))
                .hasSize(4_002)
                .contains("gs://lake/runs/r/e/transform/1/slices/2/1/part-*")
                .endsWith("gs://lake/runs/r/e/transform/1/slices/3/1/part-00000.parquet");
    }

    @Test
    void tenThousandSlicesOfSeveralPartsHaveAPatternEachAtMost() {
        TableLoad load = load(IntStream.rangeClosed(1, 10_000).boxed().flatMap(number -> slice(number, 2).stream()));
        assertThat(Stage.sources(load, staging())).hasSize(10_000).allMatch(uri -> uri.endsWith("/part-*"));
    }

    @Test
    void whatElseAPatternWouldMatchEndsTheLoad() {
        TableLoad load = load(Stream.of(slice(1, 7_000), slice(2, 4_000)).flatMap(List::stream));
        present.add("runs/r/e/transform/1/slices/1/1/part-99999.parquet");
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> Stage.sources(load, staging()))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.STAGING_CORRUPT))
                .withMessageContaining("7001 objects start with");
    }
}
