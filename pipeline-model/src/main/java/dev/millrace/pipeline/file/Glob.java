package dev.millrace.pipeline.file;

import dev.millrace.pipeline.InvalidValue;
import java.util.regex.Pattern;

/**
 * Which names of files are meant, the same in a folder of any system and in a bucket: <code>*</code> and
 * <code>?</code> stand for anything but a slash, <code>**</code> for anything, <code>**&#47;</code> at the start of a
 * part for any number of folders, none included; <code>[a-z]</code> and <code>[!a-z]</code> for one character,
 * <code>{a,b}</code> for one of several, and <code>\</code> takes a character as it is.
 *
 * <p>The JDK's own globs are for paths of its file systems, and there are names of objects that no path has.
 */
public final class Glob {
    private static final String WILD = "*?[{\\";

    private final String text;
    private final Pattern pattern;

    private Glob(String text, Pattern pattern) {
        this.text = text;
        this.pattern = pattern;
    }

    /** @throws InvalidValue of the field {@code pattern}, when it is none */
    public static Glob of(String text) {
        return new Glob(text, Pattern.compile(new Translation(text).regex(), Pattern.DOTALL));
    }

    /** @param name below the folder, with slashes between its parts */
    public boolean matches(String name) {
        return pattern.matcher(name).matches();
    }

    /** What all names that match begin with; may be empty. */
    public String start() {
        return text.substring(0, wild());
    }

    /** Whether all names that match are in the same folder. */
    public boolean isOfOneFolder() {
        String rest = text.substring(wild());
        return rest.indexOf('/') < 0 && !rest.contains("**");
    }

    private int wild() {
        int end = 0;
        while (end < text.length() && WILD.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    @Override
    public String toString() {
        return text;
    }

    private static final class Translation {
        private final String glob;
        private final StringBuilder regex = new StringBuilder();
        private int next;

        Translation(String glob) {
            this.glob = glob;
        }

        String regex() {
            int open = 0;
            int opened = 0;
            while (next < glob.length()) {
                char c = glob.charAt(next++);
                switch (c) {
                    case '*' -> stars();
                    case '?' -> regex.append("[^/]");
                    case '[' -> oneOf();
                    case '{' -> {
                        opened = open++ == 0 ? next : opened;
                        regex.append("(?:");
                    }
                    case '}' -> regex.append(open > 0 ? ")" : "\\}");
                    case ',' -> regex.append(open > 0 ? "|" : ",");
                    case '\\' -> literal(escaped());
                    default -> literal(c);
                }
                if (c == '}' && open > 0) {
                    open--;
                }
            }
            if (open > 0) {
                throw invalid("the { at character " + opened + " to be closed");
            }
            return regex.toString();
        }

        private void stars() {
            int start = next - 1;
            if (next == glob.length() || glob.charAt(next) != '*') {
                regex.append("[^/]*");
                return;
            }
            next++;
            boolean startsPart = start == 0 || "/{,".indexOf(glob.charAt(start - 1)) >= 0;
            if (startsPart && next < glob.length() && glob.charAt(next) == '/') {
                next++;
                regex.append("(?:.*/)?");
            } else {
                regex.append(".*");
            }
        }

        private void oneOf() {
            int start = next;
            boolean negated = next < glob.length() && glob.charAt(next) == '!';
            next += negated ? 1 : 0;
            int end = glob.indexOf(']', next + 1); // one that comes first is a character
            if (end < 0) {
                throw invalid("the [ at character " + start + " to be closed");
            }
            regex.append("[[^/]&&[").append(negated ? "^" : "");
            while (next < end) {
                char first = glob.charAt(next++);
                literal(first);
                if (next + 1 < end && glob.charAt(next) == '-') {
                    char last = glob.charAt(next + 1);
                    if (last < first) {
                        throw invalid("the range " + first + "-" + last + " in the order of its ends");
                    }
                    regex.append('-');
                    literal(last);
                    next += 2;
                }
            }
            regex.append("]]");
            next = end + 1;
        }

        private char escaped() {
            if (next == glob.length()) {
                throw invalid("a character after the \\ at its end");
            }
            return glob.charAt(next++);
        }

        private void literal(char c) {
            if (c < 128 && !Character.isLetterOrDigit(c)) {
                regex.append('\\');
            }
            regex.append(c);
        }

        private InvalidValue invalid(String expected) {
            return new InvalidValue("pattern", glob, "a glob, with " + expected);
        }
    }
}
