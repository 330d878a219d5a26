package dev.millrace.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Insight;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is drawn of the rows of an insight. */
class ConsoleChartTest {
    private static final List<Query.Field> COLUMNS =
            List.of(new Query.Field("x", "STRING"), new Query.Field("y", "INTEGER"), new Query.Field("z", "INTEGER"));

    /** @param rows their values by commas, of which none is NULL */
    private static @Nullable Chart chart(Insight.Chart.Kind kind, String... rows) {
        return Chart.of(
                new Insight.Chart(kind, "x", List.of("y", "z")),
                new Query.Result(
                        COLUMNS, Arrays.stream(rows).map(ConsoleChartTest::row).toList(), false));
    }

    private static List<@Nullable String> row(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(value -> value.isEmpty() ? null : value)
                .toList();
    }

    @Test
    void barsOfOneLabelAreSummedAndStandBesideOrOnEachOther() {
        String one = "a,1,2";
        String two = "a,3,-5";

        assertThat(chart(Insight.Chart.Kind.BAR, one, two)).isInstanceOfSatisfying(Bars.class, bars -> {
            assertThat(bars.groups()).hasSize(1);
            assertThat(bars.groups().getFirst().bars())
                    .extracting(Bars.Bar::title)
                    .containsExactly("y: 4", "z: 0"); // below zero
            assertThat(bars.groups().getFirst().bars().getFirst().height()).isEqualTo(Axis.HEIGHT);
        });
        assertThat(chart(Insight.Chart.Kind.STACKED_BAR, one, "a,3,2")).isInstanceOfSatisfying(Bars.class, bars -> {
            Bars.Bar below = bars.groups().getFirst().bars().getFirst();
            Bars.Bar above = bars.groups().getFirst().bars().getLast();
            assertThat(above.x()).isEqualTo(below.x());
            assertThat(above.y() + above.height()).isEqualTo(below.y());
        });
        assertThat(chart(Insight.Chart.Kind.BAR, "a,0,")).isNull();
    }

    @Test
    void datesStandAsFarApartAsTheyAreAndALineHasAGapWhereAValueIsMissing() {
        Chart chart = chart(
                Insight.Chart.Kind.LINE, "2026-03-11,30,1", "2026-03-01,10,1", "2026-03-02,,NaN", "2026-03-03,-10,1");

        assertThat(chart).isInstanceOfSatisfying(Lines.class, lines -> {
            int left = lines.axis().left();
            Lines.Line y = lines.lines().getFirst();
            assertThat(y.dots())
                    .extracting(Lines.Dot::x)
                    .containsExactly(left, left + Lines.WIDE / 5, left + Lines.WIDE);
            assertThat(y.path()).matches("M\\d+ \\d+M\\d+ \\d+L\\d+ \\d+");
            assertThat(lines.axis().bottom()).isEqualByComparingTo("-10");
            assertThat(lines.marks())
                    .extracting(Lines.Mark::label)
                    .containsExactly("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-11");
        });
        assertThat(chart(Insight.Chart.Kind.LINE, "b,1,1", "a,2,2"))
                .isInstanceOfSatisfying(
                        Lines.class,
                        lines -> assertThat(lines.marks())
                                .extracting(Lines.Mark::label)
                                .containsExactly("b", "a"));
        assertThat(chart(Insight.Chart.Kind.LINE, "a,5,5")).isInstanceOf(Lines.class);
    }

    @Test
    void aPieShowsItsLargestSlicesAndAllOthersTogether() {
        Chart chart = Chart.of(
                new Insight.Chart(Insight.Chart.Kind.PIE, "x", List.of("y")),
                new Query.Result(
                        COLUMNS,
                        IntStream.rangeClosed(1, 10)
                                .mapToObj(i -> row("label " + i + "," + i + ",0"))
                                .toList(),
                        false));

        assertThat(chart).isInstanceOfSatisfying(Pie.class, pie -> {
            assertThat(pie.slices())
                    .extracting(Pie.Slice::label)
                    .startsWith("label 10")
                    .endsWith("4 others");
            assertThat(pie.slices())
                    .extracting(Pie.Slice::percent)
                    .startsWith("18.2 %")
                    .endsWith("18.2 %");
        });
        assertThat(chart(Insight.Chart.Kind.PIE, "all,7,0"))
                .isInstanceOfSatisfying(
                        Pie.class,
                        pie -> assertThat(pie.slices().getFirst().percent()).isEqualTo("100.0 %"));
        assertThat(chart(Insight.Chart.Kind.PIE, "none,-7,0")).isNull();
    }

    @Test
    void linesOfTheGridAreAtRoundNumbers() {
        assertThat(labels("0", "240")).containsExactly("0", "100", "200", "300");
        assertThat(labels("-3", "4")).containsExactly("-4", "-2", "0", "2", "4");
        assertThat(labels("0", "0.03")).containsExactly("0", "0.01", "0.02", "0.03");
        assertThat(labels("0", "1999999")).containsExactly("0", "500,000", "1,000,000", "1,500,000", "2,000,000");
    }

    private static List<String> labels(String lowest, String highest) {
        return Axis.of(new BigDecimal(lowest), new BigDecimal(highest)).ticks().stream()
                .map(Axis.Tick::label)
                .toList();
    }
}
