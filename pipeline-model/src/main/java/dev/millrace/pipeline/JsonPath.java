package dev.millrace.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The way to a value in a JSON document: names of fields, and positions in arrays.
 *
 * <p>Steps have a point between them, {@code admission.date}; {@code tags[0]} is an array's first element. A name that
 * has a point or another character of the syntax in it is quoted: {@code "a.b".c}, {@code 'a.b'.c} or {@code ['a.b'].c},
 * where a backslash stands before a quote or backslash that belongs to the name. Names without quotes may also be one
 * field whose name has the points in it, as {@code @odata.nextLink} is; see {@link #stepsOf}.
 */
public final class JsonPath {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_]+");
    private static final Pattern POSITION = Pattern.compile("0|[1-9][0-9]{0,8}");

    private final String text;
    private final List<Step> steps;

    private JsonPath(String text, List<Step> steps) {
        this.text = text;
        this.steps = List.copyOf(steps);
    }

    /** One step of the way. */
    public sealed interface Step {
        /**
         * To the field of an object.
         *
         * @param plain whether it was written without quotes
         */
        record Name(String name, boolean plain) implements Step {}

        /** To the element of an array, counted from 0. */
        record Element(int position) implements Step {}
    }

    /** @throws InvalidValue with an empty field when the text is no path */
    public static JsonPath of(String text) {
        return new JsonPath(text, new Parser(text).steps());
    }

    /** Notes what is wrong when the text is no path. */
    public static void check(Checks checks, String field, String text) {
        try {
            JsonPath _ = of(text);
        } catch (InvalidValue e) {
            e.violations().forEach(wrong -> checks.that(false, field, wrong.found(), wrong.expected()));
        }
    }

    /** The text of a path to the field of exactly this name. */
    public static String ofName(String name) {
        return PLAIN.matcher(name).matches() ? name : quoted(name);
    }

    private static String quoted(String name) {
        return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    public List<Step> steps() {
        return steps;
    }

    /**
     * How many steps a field's name is: 0 when it leads elsewhere, and more than one where the name has points in it and
     * none of those steps was quoted.
     *
     * @param from the step that the object with the field is at
     */
    public int stepsOf(String name, int from) {
        if (!(steps.get(from) instanceof Step.Name first)) {
            return 0;
        }
        if (first.name().equals(name)) {
            return 1;
        }
        if (name.indexOf('.') < 0) {
            return 0;
        }
        StringBuilder joined = new StringBuilder();
        for (int i = from; i < steps.size() && steps.get(i) instanceof Step.Name(String next, boolean plain); i++) {
            if (!plain) {
                return 0;
            }
            joined.append(i == from ? "" : ".").append(next);
            if (joined.length() >= name.length()) {
                return name.contentEquals(joined) ? i + 1 - from : 0;
            }
        }
        return 0;
    }

    /** Whether some of its names may be one field's name with points in it. */
    public boolean hasJoinedNames() {
        for (int i = 1; i < steps.size(); i++) {
            if (steps.get(i - 1) instanceof Step.Name before
                    && before.plain()
                    && steps.get(i) instanceof Step.Name next
                    && next.plain()) {
                return true;
            }
        }
        return false;
    }

    /** The path as it was written. */
    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonPath path && path.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        List<Step> steps() {
            if (text.equals("$") || text.startsWith("$.") || text.startsWith("$[")) {
                String rest = text.substring(1).replaceFirst("^\\.", "");
                throw wrong((rest.isEmpty() ? "no path at all, which is the document itself" : rest + ", without the $")
                        + "; or \"$\" in quotes for a field of that name");
            }
            List<Step> steps = new ArrayList<>();
            steps.add(at < text.length() && text.charAt(at) == '[' ? bracketed() : named());
            while (at < text.length()) {
                if (text.charAt(at) == '[') {
                    steps.add(bracketed());
                } else if (text.charAt(at) == '.') {
                    at++;
                    steps.add(named());
                } else {
                    throw wrong("a point or [ after the quote in column " + at + " of the path");
                }
            }
            return steps;
        }

        private Step named() {
            if (at < text.length() && isQuote(text.charAt(at))) {
                return new Step.Name(quotedName(), false);
            }
            int start = at;
            while (at < text.length() && ".[]".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String name = text.substring(start, at);
            if (name.isBlank()) {
                throw wrong("names with a point between them, such as admission.date or tags[0]");
            }
            if (name.equals("*")) {
                throw wrong("one value: an element such as [0], or \"*\" in quotes for a field of that name");
            }
            if (at < text.length() && text.charAt(at) == ']') {
                throw wrong("a name with a ] in quotes, such as " + quoted(text));
            }
            return new Step.Name(name, true);
        }

        private Step bracketed() {
            at++;
            Step step;
            if (at < text.length() && isQuote(text.charAt(at))) {
                step = new Step.Name(quotedName(), false);
                if (at == text.length() || text.charAt(at) != ']') {
                    throw wrong("a ] after the quote in column " + at + " of the path");
                }
            } else {
                int end = text.indexOf(']', at);
                String position = text.substring(at, end < 0 ? text.length() : end);
                if (end < 0 || !POSITION.matcher(position).matches()) {
                    throw wrong("the position of one element in brackets, from [0] on, or a name in quotes, such as "
                            + quoted(text));
                }
                step = new Step.Element(Integer.parseInt(position));
                at = end;
            }
            at++;
            return step;
        }

        private String quotedName() {
            char quote = text.charAt(at);
            StringBuilder name = new StringBuilder();
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == quote) {
                    at++;
                    return name.toString();
                }
                if (c == '\\') {
                    at++;
                    if (at == text.length() || (!isQuote(text.charAt(at)) && text.charAt(at) != '\\')) {
                        throw wrong("a quote or another backslash after a backslash");
                    }
                    c = text.charAt(at);
                }
                name.append(c);
            }
            throw wrong("a " + quote + " at the end of the name");
        }

        private static boolean isQuote(char c) {
            return c == '"' || c == '\'';
        }

        private InvalidValue wrong(String expected) {
            return new InvalidValue("", text, expected);
        }
    }
}
