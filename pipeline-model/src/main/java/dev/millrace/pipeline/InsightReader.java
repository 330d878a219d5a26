package dev.millrace.pipeline;

import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/**
 * The reader of insights: {@code NAME.sql} begins with comments, {@code --}, that are YAML once these two characters are gone, and
 * then has the SQL; {@code NAME.bigquery.sql} beside it has that for one kind of warehouse.
 */
public final class InsightReader {
    private static final String ENDING = ".sql";
    private static final String COMMENT = "--";
    private static final int MAX_CHARACTERS = 100_000;

    private InsightReader() {}

    /** What became of a file. */
    public sealed interface Result {
        record Valid(Insight insight) implements Result {}

        /** @param errors all of them, never empty */
        record Invalid(List<Problem.FieldError> errors) implements Result {}
    }

    /** The names of the insights in a folder, which need not be there. */
    public static SortedSet<String> names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return new TreeSet<>();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(InsightReader::isInsight)
                    .map(InsightReader::nameOf)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Whether a file is one of an insight, by its name. */
    public static boolean isInsight(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(ENDING) && !name.startsWith(".");
    }

    /** The insight that a file belongs to. */
    public static String nameOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.indexOf('.'));
    }

    /** The kind of warehouse that a file is for; empty: for all of them. */
    public static Optional<String> dialectOf(Path file) {
        String[] parts = String.valueOf(file.getFileName()).split("\\.", -1);
        return parts.length == 3 ? Optional.of(parts[1]) : Optional.empty();
    }

    /** The first file of an insight. */
    public static Path file(Path folder, String name) {
        return folder.resolve(name + ENDING);
    }

    /** Reads an insight with all of its files. */
    public static Result read(Path folder, String name) {
        Path file = file(folder, name);
        if (!Insight.isName(name)) {
            return invalid(file, "the name " + name, "a letter, then up to 62 of A-Z, a-z, 0-9, _ and -");
        }
        List<Problem.FieldError> errors = new ArrayList<>();
        String sql = text(file, errors);
        Insight.Head head = sql == null ? null : head(file, sql, errors);
        Map<String, String> dialects = new TreeMap<>();
        for (Path other : others(folder, name)) {
            Optional<String> dialect = dialectOf(other);
            String text = text(other, errors);
            if (dialect.isEmpty()) {
                errors.add(error(other, 1, 1, "the name " + other.getFileName(), name + ".WAREHOUSE.sql"));
            } else if (text != null) {
                dialects.put(dialect.get(), text);
            }
        }
        return head == null || sql == null || !errors.isEmpty()
                ? new Result.Invalid(List.copyOf(errors))
                : new Result.Valid(new Insight(name, head, sql, dialects));
    }

    /** The files of an insight beside its first. */
    private static List<Path> others(Path folder, String name) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(file -> isInsight(file)
                            && nameOf(file).equals(name)
                            && !String.valueOf(file.getFileName()).equals(name + ENDING))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of(); // what can't be listed can't be read: the first file says so
        }
    }

    private static @Nullable String text(Path file, List<Problem.FieldError> errors) {
        try {
            String text = Files.readString(file);
            if (text.length() > MAX_CHARACTERS) {
                errors.add(error(file, 1, 1, text.length() + " characters", "at most " + MAX_CHARACTERS));
                return null;
            }
            if (text.lines().allMatch(line -> line.isBlank() || line.startsWith(COMMENT))) {
                errors.add(error(file, 1, 1, "no SQL", "one SELECT"));
                return null;
            }
            return text;
        } catch (NoSuchFileException e) {
            errors.add(error(file, 1, 1, "no such file", "the insight's title, and its SQL for every warehouse"));
        } catch (CharacterCodingException e) {
            errors.add(error(file, 1, 1, "bytes that are not UTF-8", "text in UTF-8"));
        } catch (IOException e) {
            errors.add(error(file, 1, 1, "can't be read: " + e.getMessage(), "a file of SQL"));
        }
        return null;
    }

    /** Null after an error. */
    private static Insight.@Nullable Head head(Path file, String sql, List<Problem.FieldError> errors) {
        // two blanks in the place of each --, so that lines and columns are those of the file
        String yaml = sql.lines()
                .takeWhile(line -> line.startsWith(COMMENT))
                .map(line -> "  " + line.substring(COMMENT.length()))
                .collect(Collectors.joining("\n"));
        try {
            Node root = PipelineReader.compose(yaml).orElse(null);
            if (root == null) {
                errors.add(error(file, 1, 1, "no head", "comments that begin with -- title: and a few words"));
                return null;
            }
            Binder binder = new Binder(file.toString(), false);
            Insight.Head head = binder.bind(Insight.Head.class, root);
            errors.addAll(binder.errors());
            return head;
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            errors.add(error(
                    file,
                    mark == null ? 1 : mark.getLine() + 1,
                    mark == null ? 1 : mark.getColumn() + 1,
                    e.getProblem(),
                    "YAML in the comments before the SQL"));
        } catch (YAMLException e) {
            errors.add(error(file, 1, 1, "YAML that is refused: " + e.getMessage(), "plain YAML in the comments"));
        }
        return null;
    }

    private static Result invalid(Path file, String found, String expected) {
        return new Result.Invalid(List.of(error(file, 1, 1, found, expected)));
    }

    private static Problem.FieldError error(Path file, int line, int column, String found, String expected) {
        return new Problem.FieldError(file.toString(), line, column, "", found, expected);
    }
}
