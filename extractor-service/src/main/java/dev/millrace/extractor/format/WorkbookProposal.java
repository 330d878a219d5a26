package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.extractor.workbook.Workbook;
import dev.millrace.pipeline.format.ExcelHeader;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Unpivot;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A proposal of how a workbook is to be read, by what its cells look like: the first large table of its sheets, whose header is a row of
 * texts above filled columns; or, of a wide table, a row or two of years, dates or numbers, one larger than the other. A person
 * is to look at it. For one thread.
 */
final class WorkbookProposal {
    private static final int MOST_ROWS = 400;
    private static final int MOST_SHEETS = 50;
    private static final int FEWEST_PERIODS = 4;
    private static final int FEWEST_ROWS = 3;
    private static final int SHORT = 30;
    private static final Pattern PERIOD =
            Pattern.compile("(?i)((19|20)\\d\\d.{0,12}|.{0,12}(19|20)\\d\\d|(week|q|month) ?\\d{1,2})");
    private static final Pattern END = Pattern.compile("(?i)(footnotes?|notes|sources?)(:.*)?");
    private static final Pattern NOTE = Pattern.compile("(?i)note:.*");
    private static final Pattern MARKER = Pattern.compile("[:.*~x-]{1,3}|\\[.{1,3}\\]|[a-z]|n/a|NA");
    private static final Pattern CODE = Pattern.compile("(?=.*[A-Z])(?=.*[0-9]{3})[A-Z0-9]+");

    private final CellTexts texts = new CellTexts(new ExcelHeader(List.of(), 1, null));
    private final Workbook workbook;

    WorkbookProposal(Workbook workbook) {
        this.workbook = workbook;
    }

    /** @param number on the sheet */
    private record Row(int number, List<Kind> kinds, List<String> texts) {
        Kind kind(int column) {
            return column < kinds.size() ? kinds.get(column) : Kind.EMPTY;
        }

        String text(int column) {
            return column < texts.size() ? texts.get(column) : "";
        }

        int width() {
            return texts.size();
        }

        boolean has(int column) {
            return kind(column) != Kind.EMPTY;
        }

        int filled(int from, int to) {
            return (int) IntStream.range(from, to).filter(this::has).count();
        }

        int values(int from, int to) {
            return (int) IntStream.range(from, to)
                    .filter(column -> kind(column) == Kind.VALUE)
                    .count();
        }

        String first(int to) {
            return IntStream.range(0, Math.min(to, width()))
                    .filter(this::has)
                    .mapToObj(this::text)
                    .findFirst()
                    .orElse("");
        }
    }

    /** @param size cells with something in them */
    private record Table(String sheet, Format.Excel format, long size) {}

    /** @return null: no sheet has what looks like a table */
    @Nullable
    Format.Excel propose() throws IOException, MalformedSource {
        List<Table> tables = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Workbook.Sheet sheet : workbook.sheets().stream()
                .filter(sheet -> !sheet.hidden())
                .limit(MOST_SHEETS)
                .toList()) {
            names.add(sheet.name());
            Table table = table(sheet.name(), rows(sheet));
            if (table != null) {
                tables.add(table);
            }
        }
        long most = tables.stream().mapToLong(Table::size).max().orElse(0);
        return tables.stream()
                .filter(table -> 2 * table.size() >= most)
                .findFirst()
                .map(table -> named(table, names))
                .orElse(null);
    }

    private List<Row> rows(Workbook.Sheet sheet) throws IOException, MalformedSource {
        List<Row> rows = new ArrayList<>();
        SheetRow row = new SheetRow();
        try (Workbook.Rows from = workbook.rows(sheet)) {
            while (rows.size() < MOST_ROWS && from.next(row)) {
                if (row.width() > 0) {
                    rows.add(new Row(
                            row.number(),
                            IntStream.range(0, row.width()).mapToObj(row::kind).toList(),
                            IntStream.range(0, row.width())
                                    .mapToObj(column -> texts.cleaned(row, column))
                                    .toList()));
                }
            }
        }
        return rows;
    }

    /** With the sheet's name, where there are others: without numbers, which are another year's the next time. */
    private static Format.Excel named(Table table, List<String> names) {
        if (names.size() == 1) {
            return table.format();
        }
        String pattern = table.sheet().replaceAll("[0-9]+", "*");
        TextPattern all = new TextPattern(pattern);
        boolean one = names.stream().filter(all::matches).count() == 1;
        Format.Excel format = table.format();
        return new Format.Excel(
                one ? pattern : table.sheet(),
                false,
                format.header(),
                null,
                format.end(),
                format.leaveOut(),
                format.nulls(),
                format.errors(),
                format.numbers(),
                format.unpivot());
    }

    private static @Nullable Table table(String sheet, List<Row> rows) {
        for (int at = 0; at < rows.size(); at++) {
            Table wide = wide(sheet, rows, at);
            if (wide != null) {
                return wide;
            }
            Table flat = flat(sheet, rows, at);
            if (flat != null) {
                return flat;
            }
        }
        return null;
    }

    /** A row of texts, each another one, above columns that are mostly filled. */
    private static @Nullable Table flat(String sheet, List<Row> rows, int at) {
        Row header = rows.get(at);
        List<String> names =
                header.texts().stream().filter(text -> !text.isEmpty()).toList();
        if (names.size() < 2
                || header.values(0, header.width()) > 0
                || Set.copyOf(names).size() < names.size()) {
            return null;
        }
        List<Row> below = rows.subList(at + 1, rows.size());
        String end = end(below, header.width());
        List<Row> records = until(below, end);
        long filled =
                records.stream().mapToLong(row -> row.filled(0, header.width())).sum();
        boolean numbers = records.stream().anyMatch(row -> row.values(0, header.width()) > 0);
        boolean few = records.size() < FEWEST_ROWS && !numbers;
        if (few || filled == 0 || filled * 2 < (long) records.size() * names.size()) {
            return null;
        }
        List<String> contains = at == 0 ? List.of() : names.stream().limit(3).toList();
        return new Table(sheet, format(contains, 1, end, List.of(), List.of(), null), filled);
    }

    /** A row or two of periods, one after the other, above values; what is to the left of them names rows. */
    private static @Nullable Table wide(String sheet, List<Row> rows, int at) {
        Row header = rows.get(at);
        int first = IntStream.range(1, header.width())
                .filter(column -> isPeriod(header, column))
                .findFirst()
                .orElse(0);
        if (first == 0 || !isSequence(header, first)) {
            return null;
        }
        boolean two = at + 1 < rows.size()
                && isSequence(rows.get(at + 1), first)
                && rows.get(at + 1).values(first, header.width()) * 2 > header.filled(first, header.width());
        int depth = two ? 2 : 1;
        List<Row> below = rows.subList(at + depth, rows.size());
        String end = end(below, first);
        List<Row> records = until(below, end);
        int width = header.width();
        List<Row> withValues = records.stream()
                .filter(row -> row.values(first, width) > 0 && !row.first(first).isEmpty())
                .toList();
        if (withValues.size() < FEWEST_ROWS) {
            return null;
        }
        List<Row> lines = rows.subList(at, at + depth);
        List<String> contains = new ArrayList<>();
        for (Row line : lines) {
            String text = line.first(first);
            contains.add(text.isEmpty() ? line.text(first) : text);
        }
        boolean headings = records.stream().anyMatch(row -> row.filled(first, width) == 0 && isHeading(row, first));
        Unpivot unpivot = new Unpivot(
                ids(header, depth, first, withValues), names(lines, first), "value", headings ? "heading" : null);
        List<String> leaveOut =
                records.stream().anyMatch(row -> NOTE.matcher(row.first(first)).matches())
                        ? List.of("Note:*")
                        : List.of();
        long size =
                withValues.stream().mapToLong(row -> row.values(first, width)).sum();
        return new Table(
                sheet, format(contains, depth, end, leaveOut, markers(withValues, first, width), unpivot), size);
    }

    private static boolean isHeading(Row row, int first) {
        String text = row.first(first);
        return !text.isEmpty()
                && text.length() <= 2 * SHORT
                && !NOTE.matcher(text).matches();
    }

    private static boolean isPeriod(Row row, int column) {
        return row.kind(column) == Kind.VALUE
                || (row.kind(column) == Kind.TEXT
                        && PERIOD.matcher(row.text(column)).matches());
    }

    /** Whether each cell from a column on is a period, and all go up or all go down. */
    private static boolean isSequence(Row row, int first) {
        List<String> cells = IntStream.range(first, row.width())
                .filter(row::has)
                .mapToObj(row::text)
                .toList();
        if (cells.size() < FEWEST_PERIODS
                || !IntStream.range(first, row.width()).filter(row::has).allMatch(column -> isPeriod(row, column))
                || Set.copyOf(cells).size() < cells.size()) {
            return false;
        }
        List<Double> numbers = new ArrayList<>();
        for (String cell : cells) {
            try {
                numbers.add(Double.parseDouble(cell));
            } catch (NumberFormatException e) {
                // months have no order that their names tell; dates have that of their texts
                return cells.stream().noneMatch(text -> text.matches("\\d{4}-\\d\\d-\\d\\d.*"))
                        || cells.stream().sorted().toList().equals(cells);
            }
        }
        List<Double> sorted = numbers.stream().sorted().toList();
        return numbers.equals(sorted) || numbers.equals(sorted.reversed());
    }

    private static List<Unpivot.Id> ids(Row header, int depth, int first, List<Row> rows) {
        List<Integer> used = IntStream.range(0, first)
                .filter(column -> rows.stream().anyMatch(row -> row.has(column)))
                .boxed()
                .toList();
        Set<String> names =
                used.stream().map(column -> name(header.text(column), "")).collect(Collectors.toSet());
        if (depth == 1 && used.stream().allMatch(header::has) && names.size() == used.size() && !names.contains("")) {
            return used.stream()
                    .map(column -> new Unpivot.Id(name(header.text(column), ""), header.text(column), null))
                    .toList();
        }
        Map<String, Integer> shapes = new LinkedHashMap<>();
        for (Row row : rows) {
            for (int column : used) {
                if (row.has(column) && CODE.matcher(row.text(column)).matches()) {
                    shapes.merge(shape(row.text(column)), 1, Integer::sum);
                }
            }
        }
        List<Unpivot.Id> ids = new ArrayList<>();
        shapes.entrySet().stream()
                .filter(shape -> shape.getValue() >= FEWEST_ROWS)
                .limit(1)
                .forEach(shape -> ids.add(new Unpivot.Id("code", null, shape.getKey())));
        ids.add(new Unpivot.Id("label", null, null));
        return List.copyOf(ids);
    }

    /** Regular expression of codes such as E12000001. */
    private static String shape(String code) {
        StringBuilder shape = new StringBuilder();
        for (int i = 0; i < code.length(); ) {
            boolean digit = Character.isDigit(code.charAt(i));
            int end = i;
            while (end < code.length() && Character.isDigit(code.charAt(end)) == digit) {
                end++;
            }
            shape.append(digit ? "[0-9]" : "[A-Z]").append(end - i > 1 ? "{" + (end - i) + "}" : "");
            i = end;
        }
        return shape.toString();
    }

    private static List<String> names(List<Row> header, int first) {
        Set<String> names = new LinkedHashSet<>();
        for (Row line : header) {
            String text = header.size() == 1 ? "" : line.first(first);
            String sample = line.text(first);
            String usual = sample.matches("(19|20)\\d\\d")
                    ? "year"
                    : sample.matches("\\d{4}-\\d\\d-\\d\\d") ? "day" : "period";
            String name = name(text, usual);
            names.add(names.contains(name) ? name + "_" + (names.size() + 1) : name);
        }
        return List.copyOf(names);
    }

    private static String name(String text, String otherwise) {
        String name =
                text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_+|_+$", "");
        return name.isEmpty() || Character.isDigit(name.charAt(0)) ? otherwise : name;
    }

    private static @Nullable String end(List<Row> below, int first) {
        return below.stream()
                .filter(row -> row.filled(0, row.width()) == 1)
                .map(row -> row.first(first))
                .filter(text -> END.matcher(text).matches())
                .map(text -> text.length() <= SHORT ? text : text.replaceFirst("[ :].*", "*"))
                .findFirst()
                .orElse(null);
    }

    private static List<Row> until(List<Row> rows, @Nullable String end) {
        if (end == null) {
            return rows;
        }
        TextPattern pattern = new TextPattern(end);
        return rows.stream()
                .takeWhile(row -> !pattern.matches(row.first(row.width())))
                .toList();
    }

    /** Short texts among values. */
    private static List<String> markers(List<Row> rows, int first, int width) {
        return rows.stream()
                .flatMap(row -> IntStream.range(first, width)
                        .filter(column -> row.kind(column) == Kind.TEXT)
                        .mapToObj(row::text))
                .filter(text -> MARKER.matcher(text).matches())
                .distinct()
                .sorted()
                .limit(10)
                .toList();
    }

    private static Format.Excel format(
            List<String> contains,
            int rows,
            @Nullable String end,
            List<String> leaveOut,
            List<String> nulls,
            @Nullable Unpivot unpivot) {
        return new Format.Excel(
                null,
                false,
                new ExcelHeader(contains, rows, null),
                null,
                end,
                leaveOut,
                nulls,
                Format.Excel.Errors.REJECT,
                Format.Excel.Numbers.DISPLAYED,
                unpivot);
    }
}
