package dev.millrace.transformer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.transformer.TransformerUnderTest;
import dev.millrace.transformer.value.ColumnBuffer;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows outside of the heap: what they are, and that all of their memory is given back however a query ends. */
class RowStreamTest {
    private static final int ROWS = 3_000;

    @TempDir
    Path folder;

    private final ColumnBuffer column = new ColumnBuffer.Lists(new ColumnBuffer.Structs(
            List.of(new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.WHOLE), new ColumnBuffer.Texts(false)),
            List.of("a", "b")));

    private Engine engine;

    @BeforeEach
    void start() throws SQLException {
        engine = new Engine(folder, 64L * 1024 * 1024, 2, List.of("v"), List.of(column));
    }

    @AfterEach
    void stop() throws SQLException {
        engine.close();
        assertThat(engine.memory().held()).isZero();
    }

    private RowBatch batch(int first) {
        column.clear();
        for (int i = first; i < first + ROWS; i++) {
            column.append(value(i));
        }
        return RowBatch.of(List.of(column), ROWS, engine.memory());
    }

    private static @Nullable Object value(int row) {
        List<@Nullable Object> elements = new ArrayList<>();
        for (int i = 0; i < row % 4; i++) {
            List<@Nullable Object> fields = new ArrayList<>();
            fields.add(i == 1 ? null : (long) row);
            fields.add(row % 5 == 0 ? null : "text of row " + row);
            elements.add(i == 2 && row % 7 == 0 ? null : fields);
        }
        return row % 11 == 0 ? null : elements;
    }

    @Test
    void rowsAreReadInTheirOrderAndTheirMemoryIsGivenBackThen() throws Exception {
        int batches = 100;
        int[] next = {0};
        long[] most = {0};
        Path file = folder.resolve("part.parquet");

        engine.write(
                () -> {
                    most[0] = Math.max(most[0], engine.memory().held());
                    return next[0] == batches ? null : batch(ROWS * next[0]++);
                },
                3,
                2_048,
                file);

        assertThat(engine.memory().held()).isZero();
        assertThat(most[0]).isPositive().isLessThan(10L * 1024 * 1024);
        assertThat(TransformerUnderTest.query("SELECT count(*), min(_millrace_position), max(_millrace_position),"
                        + " count(*) FILTER (WHERE _millrace_position <> file_row_number + (3::BIGINT << 32)),"
                        + " count(*) FILTER (WHERE v IS NULL), sum(len(v)),"
                        + " count(*) FILTER (WHERE len(v) > 0 AND v[1].a <> file_row_number),"
                        + " count(*) FILTER (WHERE len(v) > 1 AND v[2].a IS NOT NULL),"
                        + " count(*) FILTER (WHERE len(v) > 0 AND v[1].b IS DISTINCT FROM"
                        + " CASE WHEN file_row_number % 5 = 0 THEN NULL ELSE 'text of row ' || file_row_number END)"
                        + " FROM read_parquet('" + file + "', file_row_number = true)"))
                .first()
                .satisfies(found -> {
                    assertThat(found.subList(0, 5))
                            .containsExactly(300_000L, 3L << 32, (3L << 32) + 299_999, 0L, 27_273L);
                    assertThat(found.subList(6, 9)).containsExactly(0L, 0L, 0L);
                });
    }

    @Test
    void anErrorEndsTheQueryAndSaysWhy() {
        int[] next = {0};

        assertThatThrownBy(() -> engine.write(
                        () -> {
                            if (next[0]++ == 5) {
                                throw new IllegalStateException("no more records");
                            }
                            return batch(0);
                        },
                        0,
                        2_048,
                        folder.resolve("part.parquet")))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("no more records");

        assertThat(engine.memory().held()).isZero();
    }

    @Test
    void aQueryThatIsCancelledGivesBackWhatItHas() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        int[] next = {0};
        try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
            Future<?> written = writer.submit(() -> {
                engine.write(
                        () -> {
                            if (next[0]++ == 3) {
                                waiting.countDown();
                                cancelled.await();
                            }
                            return batch(0);
                        },
                        0,
                        2_048,
                        folder.resolve("part.parquet"));
                return null;
            });
            waiting.await();
            engine.cancel();
            cancelled.countDown();

            assertThatThrownBy(written::get).hasRootCauseInstanceOf(SQLException.class);
        }
        assertThat(engine.memory().held()).isZero();
    }

    @Test
    void rowsThatNobodyReadsAreGivenBackOnce() {
        RowBatch batch = batch(0);
        assertThat(engine.memory().held()).isPositive();

        batch.close();
        batch.close();

        assertThat(engine.memory().held()).isZero();
    }

    @Test
    void buffersForgetRowsAndKeepTheOthers() {
        Random random = new Random(1);
        List<ColumnBuffer> buffers = List.of(
                new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.WHOLE),
                new ColumnBuffer.Days(),
                new ColumnBuffer.Truths(),
                new ColumnBuffer.Decimals(),
                new ColumnBuffer.Texts(false),
                column);
        List<List<@Nullable Object>> expected = new ArrayList<>();
        for (int round = 0; round < 300; round++) {
            for (int i = 0; i < 20; i++) {
                List<@Nullable Object> row = row(random);
                expected.add(row);
                for (int c = 0; c < row.size(); c++) {
                    buffers.get(c).append(row.get(c));
                }
            }
            if (random.nextInt(3) == 0) {
                int size = random.nextInt(expected.size() + 1);
                expected.subList(size, expected.size()).clear();
                buffers.forEach(buffer -> buffer.truncate(size));
            }
            if (random.nextInt(3) == 0) {
                BitSet kept = new BitSet();
                for (int row = 0; row < expected.size(); row++) {
                    kept.set(row, random.nextInt(8) > 0);
                }
                List<List<@Nullable Object>> left =
                        kept.stream().mapToObj(expected::get).toList();
                expected.clear();
                expected.addAll(left);
                buffers.forEach(buffer -> buffer.keep(kept));
            }
            List<List<@Nullable Object>> found = new ArrayList<>();
            for (int row = 0; row < expected.size(); row++) {
                List<@Nullable Object> values = new ArrayList<>();
                for (ColumnBuffer buffer : buffers) {
                    values.add(readable(buffer.value(row)));
                }
                found.add(values);
            }
            assertThat(found).isEqualTo(expected);
        }
    }

    private static List<@Nullable Object> row(Random random) {
        List<@Nullable Object> row = new ArrayList<>(List.of(
                random.nextLong(),
                (long) random.nextInt(),
                random.nextBoolean(),
                new java.math.BigDecimal(new java.math.BigInteger(120, random), 9)
                        .multiply(java.math.BigDecimal.valueOf(random.nextBoolean() ? 1 : -1)),
                "x".repeat(random.nextInt(30))));
        row.add(value(random.nextInt(100)));
        for (int i = 0; i < row.size(); i++) {
            if (random.nextInt(10) == 0) {
                row.set(i, null);
            }
        }
        return row;
    }

    private static @Nullable Object readable(@Nullable Object value) {
        return switch (value) {
            case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
            case List<?> values -> {
                List<@Nullable Object> some = new ArrayList<>();
                values.forEach(one -> some.add(readable(one)));
                yield some;
            }
            case null, default -> value;
        };
    }
}
