package dev.millrace.standalone;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParsePosition;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the files of drugs say, without a warehouse: it is held against the graph that is exported. */
record Mentions(Set<Map<String, String>> journals, Set<Map<String, String>> articles, Set<Map<String, String>> trials) {
    private static final Pattern FIELD = Pattern.compile("\"((?:[^\"]|\"\")*)\"|([^,]*)");
    private static final List<DateTimeFormatter> DATES = List.of(
            DateTimeFormatter.ofPattern("dd/MM/yyyy", Locale.ENGLISH),
            DateTimeFormatter.ISO_LOCAL_DATE,
            DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH));

    private record Publication(
            @Nullable String id,
            String title,
            LocalDate date,
            @Nullable String journal) {}

    /** By the names of the drugs. */
    static Map<String, Mentions> of(Path folder) throws IOException {
        List<Publication> articles = new ArrayList<>(publications(lines(folder.resolve("pubmed.csv"))));
        String json = Files.readString(folder.resolve("pubmed.json")).strip().replaceFirst(",\\s*]$", "]");
        articles.addAll(publications(Objects.requireNonNull(ObjectMapper.getDefault()
                        .readValue(json, Argument.listOf(Argument.mapOf(String.class, Object.class))))
                .stream()
                .map(row -> List.of(
                        String.valueOf(row.get("id")),
                        String.valueOf(row.get("title")),
                        String.valueOf(row.get("date")),
                        String.valueOf(row.get("journal"))))
                .toList()));
        List<Publication> trials = publications(lines(folder.resolve("clinical_trials.csv")));
        Map<String, Mentions> mentions = new TreeMap<>();
        for (List<String> drug : lines(folder.resolve("drugs.csv"))) {
            Pattern name = Pattern.compile("\\b" + Pattern.quote(drug.get(1)) + "\\b", Pattern.CASE_INSENSITIVE);
            Mentions of = new Mentions(new HashSet<>(), of(articles, name), of(trials, name));
            for (Set<Map<String, String>> publications : List.of(of.articles, of.trials)) {
                publications.stream()
                        .filter(publication ->
                                !String.valueOf(publication.get("journal")).equals("null"))
                        .forEach(publication -> of.journals.add(Map.of(
                                "journal", String.valueOf(publication.get("journal")),
                                "date", String.valueOf(publication.get("date")))));
            }
            mentions.put(drug.get(1), of);
        }
        return mentions;
    }

    /** Those of a graph, by the names of the drugs. */
    static Map<String, Mentions> exported(Path file) throws IOException {
        Map<String, Mentions> mentions = new TreeMap<>();
        for (Map<String, Object> drug : Objects.requireNonNull(ObjectMapper.getDefault()
                .readValue(Files.readString(file), Argument.listOf(Argument.mapOf(String.class, Object.class))))) {
            mentions.put(
                    String.valueOf(drug.get("drug")),
                    new Mentions(texts(drug.get("journals")), texts(drug.get("articles")), texts(drug.get("trials"))));
        }
        return mentions;
    }

    private static Set<Map<String, String>> texts(@Nullable Object objects) {
        Set<Map<String, String>> texts = new HashSet<>();
        for (Object object : (List<?>) Objects.requireNonNull(objects)) {
            Map<String, String> text = ((Map<?, ?>) object)
                    .entrySet().stream()
                            .collect(Collectors.toMap(
                                    entry -> String.valueOf(entry.getKey()),
                                    entry -> String.valueOf(entry.getValue())));
            if (!texts.add(text)) {
                throw new AssertionError("twice: " + text);
            }
        }
        return texts;
    }

    private static Set<Map<String, String>> of(List<Publication> publications, Pattern name) {
        Set<Map<String, String>> found = new HashSet<>();
        for (Publication each : publications) {
            if (!name.matcher(each.title()).find()) {
                continue;
            }
            List<Publication> same = publications.stream()
                    .filter(other ->
                            other.title().equals(each.title()) && other.date().equals(each.date()))
                    .toList();
            String journal = each.journal();
            if (journal == null) {
                journal = same.stream()
                        .map(Publication::journal)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
            }
            if (each.id() != null || same.stream().allMatch(other -> other.id() == null)) {
                found.add(Map.of(
                        "id", String.valueOf(each.id()),
                        "title", each.title(),
                        "date", each.date().toString(),
                        "journal", String.valueOf(journal)));
            }
        }
        return found;
    }

    private static List<Publication> publications(List<List<String>> rows) {
        List<Publication> publications = new ArrayList<>();
        for (List<String> row : rows) {
            String title = clean(row.get(1));
            if (title != null) {
                publications.add(new Publication(clean(row.get(0)), title, date(row.get(2)), clean(row.get(3))));
            }
        }
        return publications;
    }

    private static @Nullable String clean(String text) {
        String cleaned = text.replaceAll("\\\\x[0-9a-f]{2}", "").strip();
        return cleaned.isEmpty() ? null : cleaned;
    }

    private static LocalDate date(String text) {
        return DATES.stream()
                .map(format -> format.parseUnresolved(text, new ParsePosition(0)) == null
                        ? null
                        : LocalDate.parse(text, format))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no date: " + text));
    }

    /** Fields of a CSV file whose texts have no line ends, without its header. */
    private static List<List<String>> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .skip(1)
                .filter(line -> !line.isBlank())
                .map(line -> {
                    List<String> fields = new ArrayList<>();
                    Matcher matcher = FIELD.matcher(line);
                    int at = 0;
                    while (at <= line.length() && matcher.find(at)) {
                        fields.add(
                                matcher.group(1) == null
                                        ? matcher.group(2)
                                        : matcher.group(1).replace("\"\"", "\""));
                        at = matcher.end() + 1;
                    }
                    return fields;
                })
                .toList();
    }
}
