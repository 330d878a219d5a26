package dev.millrace.pipeline;

import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** The reader of pipeline files. Whatever is wrong with one is in the result; no value is changed on the way. */
public final class PipelineReader {
    /** 10,000 columns fit well. */
    private static final int MAX_CHARACTERS = 5_000_000;

    private PipelineReader() {}

    /** What came of a file. */
    public sealed interface Result {
        /** @param warnings of what may not be meant, in the order of the file; may be empty */
        record Valid(Pipeline pipeline, List<Problem.FieldError> warnings) implements Result {
            public Valid {
                warnings = List.copyOf(warnings);
            }
        }

        /** @param errors in the order of the file; never empty */
        record Invalid(List<Problem.FieldError> errors) implements Result {
            public Invalid {
                errors = List.copyOf(errors);
            }
        }
    }

    /** Reads a file in UTF-8; one that can't be read is an invalid one. */
    public static Result read(Path file) {
        String name = file.toString();
        try {
            return read(name, java.nio.file.Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return invalid(name, START, "no such file", "a pipeline file");
        } catch (IOException e) {
            return invalid(name, START, "can't be read: " + e.getMessage(), "a pipeline file");
        }
    }

    /**
     * Reads the content of a file.
     *
     * @param file its name, for the errors
     */
    public static Result read(String file, byte[] bytes) {
        String text = decoded(bytes);
        return text == null
                ? invalid(file, lastLine(readable(bytes)), "bytes that are not UTF-8", "text in UTF-8")
                : read(file, text);
    }

    /**
     * Reads the text of a file.
     *
     * @param file its name, for the errors
     */
    public static Result read(String file, String text) {
        return read(file, text, false);
    }

    /**
     * Reads a file whose endpoints need no schema yet, nor one that their other keys agree with. Nothing of it can be run.
     *
     * @param file its name, for the errors
     */
    public static Result readDraft(String file, String text) {
        return read(file, text, true);
    }

    private static Result read(String file, String text, boolean draft) {
        if (text.length() > MAX_CHARACTERS) {
            return invalid(file, START, text.length() + " characters", "at most " + MAX_CHARACTERS);
        }
        int control = firstControlCharacter(text);
        if (control >= 0) {
            return invalid(
                    file,
                    lastLine(text.substring(0, control)),
                    String.format("the character U+%04X", text.codePointAt(control)),
                    "text without control characters");
        }
        try {
            Optional<Node> root = compose(text);
            if (root.isEmpty()) {
                return invalid(file, START, "an empty file", "a pipeline, which starts with version: 1");
            }
            Binder binder = new Binder(file, draft);
            Pipeline pipeline = binder.bind(Pipeline.class, root.get());
            return pipeline == null
                    ? new Result.Invalid(ordered(binder.errors()))
                    : new Result.Valid(pipeline, draft ? List.of() : located(file, root.get(), pipeline.warnings()));
        } catch (MarkedYAMLException e) {
            // the message as a whole quotes the file, and with it perhaps a secret
            return invalid(file, position(e), e.getProblem(), "YAML" + context(e));
        } catch (YAMLException e) {
            return invalid(file, START, "YAML that is refused: " + e.getMessage(), "a plain YAML file");
        }
    }

    /**
     * Where something stands that is wrong although the file by itself is valid.
     *
     * @param file its name, for the errors
     * @param bytes of a file that is valid
     */
    public static List<Problem.FieldError> located(String file, byte[] bytes, List<InvalidValue.Violation> violations) {
        return violations.isEmpty() // nearly always, and then nobody need read the file once more
                ? List.of()
                : located(
                        file, compose(new String(bytes, StandardCharsets.UTF_8)).orElseThrow(), violations);
    }

    private static List<Problem.FieldError> located(String file, Node root, List<InvalidValue.Violation> violations) {
        return ordered(violations.stream()
                .map(wrong -> YamlPosition.root(root).find(wrong.field()).error(file, wrong.found(), wrong.expected()))
                .toList());
    }

    /** The text as nodes that know their lines; empty when there is nothing in it. */
    static Optional<Node> compose(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(50);
        options.setNestingDepthLimit(60); // records within records, to the last level
        options.setCodePointLimit(MAX_CHARACTERS);
        Composer composer = new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options);
        return Optional.ofNullable(composer.getSingleNode());
    }

    private static List<Problem.FieldError> ordered(List<Problem.FieldError> errors) {
        return errors.stream()
                .sorted(Comparator.comparingInt(Problem.FieldError::line).thenComparingInt(Problem.FieldError::column))
                .toList();
    }

    /** Both from 1. */
    private record Position(int line, int column) {}

    private static final Position START = new Position(1, 1);

    private static Result invalid(String file, Position at, String found, String expected) {
        return new Result.Invalid(List.of(new Problem.FieldError(file, at.line(), at.column(), "", found, expected)));
    }

    private static Position position(MarkedYAMLException e) {
        Mark mark = e.getProblemMark();
        return mark == null ? START : new Position(mark.getLine() + 1, mark.getColumn() + 1);
    }

    private static String context(MarkedYAMLException e) {
        return e.getContext() == null ? "" : "; this was seen " + e.getContext();
    }

    private static @Nullable String decoded(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** The text before the first bytes that are not UTF-8. */
    private static String readable(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.substring(0, text.indexOf('\uFFFD'));
    }

    private static int firstControlCharacter(String text) {
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            if (!StreamReader.isPrintable(text.codePointAt(at))) {
                return at;
            }
        }
        return -1;
    }

    /** The position just after {@code text}. */
    private static Position lastLine(String text) {
        int lines = (int) text.chars().filter(character -> character == '\n').count();
        int start = text.lastIndexOf('\n') + 1;
        return new Position(lines + 1, text.codePointCount(start, text.length()) + 1);
    }
}
