package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.ExcelHeader;
import dev.millrace.pipeline.format.Format;
import dev.millrace.staging.Part;
import dev.millrace.task.Sample;
import dev.millrace.task.Work;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The weekly deaths as they are published, by the one declaration that is shipped. The workbooks are not: whoever has some names their
 * folder by the variable MILLRACE_WORKBOOKS; without it this is skipped.
 */
class DeathsTest {
    private static final Path DECLARATION = Path.of("../pipelines/weekly-deaths/pipeline.yaml");

    /** Of ages or areas that aren't known, in a week, as the workbooks say in their notes. */
    private static final BigDecimal MOST_UNKNOWN = new BigDecimal("0.01");

    /** Sums of a week. */
    private static final class Week {
        private BigDecimal total = BigDecimal.ZERO;
        private BigDecimal persons = BigDecimal.ZERO;
        private BigDecimal malesAndFemales = BigDecimal.ZERO;
        private final Set<String> areas = new HashSet<>();

        void add(String section, String label, BigDecimal deaths) {
            if (label.equals("Total deaths, all ages")) {
                total = total.add(deaths);
            } else if (section.startsWith("Persons / ")) {
                persons = persons.add(deaths);
            } else if (section.startsWith("Males / ") || section.startsWith("Females / ")) {
                malesAndFemales = malesAndFemales.add(deaths);
            } else if (section.toLowerCase(Locale.ROOT).contains("region of usual residence")) {
                areas.add(label);
            }
        }
    }

    @Test
    void theRealWorkbooksAreProposedToBeReadAsTheDeclarationDoes(@TempDir Path service) throws Exception {
        String folder = System.getenv("MILLRACE_WORKBOOKS");
        assumeTrue(
                folder != null,
                "no folder of real workbooks is named by the variable MILLRACE_WORKBOOKS: nothing was proposed");
        Format nothing = new Format.Excel(
                null,
                false,
                new ExcelHeader(List.of(), 1, null),
                null,
                null,
                List.of(),
                List.of(),
                Format.Excel.Errors.REJECT,
                Format.Excel.Numbers.DISPLAYED,
                null);
        try (ExtractorUnderTest extractor = new ExtractorUnderTest(service, Map.of());
                Stream<Path> files = Files.list(Path.of(folder))) {
            for (Path file : files.sorted().toList()) {
                Sample sample = new SampleUnderTest(extractor)
                        .propose(
                                new Work.Extract(
                                        new FileSource(folder),
                                        new FileRead(
                                                new FileSelection(
                                                        file.getFileName().toString(), nothing, Missing.FAIL),
                                                null),
                                        List.of(),
                                        Work.Parts.TO_TRANSFORM),
                                20);
                assertThat(sample.format())
                        .as(file.toString())
                        .anyMatch(line -> line.equalsIgnoreCase("sheet: 'Weekly figures *'"))
                        .contains("header: {contains: ['Week number', 'Week ended'], rows: 2}", "unpivot:");
                assertThat(sample.records()).isEqualTo(20);
            }
        }
    }

    @Test
    void oneDeclarationReadsTheRealWorkbooksAndTheirTotalsAgree(@TempDir Path service) throws Exception {
        String folder = System.getenv("MILLRACE_WORKBOOKS");
        assumeTrue(
                folder != null,
                "no folder of real workbooks is named by the variable MILLRACE_WORKBOOKS: nothing was compared");
        PipelineReader.Result read = PipelineReader.read(DECLARATION.toString(), Files.readString(DECLARATION));
        assertThat(read).isInstanceOf(PipelineReader.Result.Valid.class);
        Pipeline pipeline = ((PipelineReader.Result.Valid) read).pipeline();
        FileRead declared =
                (FileRead) Objects.requireNonNull(pipeline.endpoints().get("weekly_deaths"))
                        .read();
        try (ExtractorUnderTest extractor = new ExtractorUnderTest(service, Map.of())) {
            ExtractorUnderTest.Result result = extractor.extract(new Work.Extract(
                    new FileSource(folder), declared, List.of("label", "week", "deaths"), Work.Parts.TO_TRANSFORM));
            assertThat(extractor.rejects(result)).isEmpty();
            Map<String, Week> weeks = new TreeMap<>();
            List<String> records = extractor.records(result);
            List<Part> parts = extractor.manifest(result).parts();
            assertThat(parts).hasSize(1);
            for (int i = 0; i < records.size(); i++) {
                Map<String, String> record = Objects.requireNonNull(ObjectMapper.getDefault()
                        .readValue(records.get(i), Argument.mapOf(String.class, String.class)));
                String file =
                        Objects.requireNonNull(parts.getFirst().origin(i + 1)).place();
                weeks.computeIfAbsent(file + " " + record.get("week_ended"), any -> new Week())
                        .add(
                                String.valueOf(record.get("section")),
                                String.valueOf(record.get("label")),
                                new BigDecimal(record.get("deaths")));
            }
            assertThat(weeks).isNotEmpty().allSatisfy((name, week) -> {
                BigDecimal unknown = week.total.multiply(MOST_UNKNOWN);
                assertThat(week.total).as(name).isPositive();
                assertThat(week.persons).as(name).isEqualByComparingTo(week.malesAndFemales);
                assertThat(week.persons.subtract(week.total).abs()).as(name).isLessThanOrEqualTo(unknown);
                assertThat(week.areas).as(name).hasSize(10).contains("London", "Wales", "North East");
            });
        }
    }
}
